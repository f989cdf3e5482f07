using LoadLab.Core;
using LoadLab.Engine.Polling;

namespace LoadLab.Engine.Tests.Polling;

/// <summary>What a job of a simulation is: its kind, how long it takes, and the progress shown at a share of that time; null = none is shown.</summary>
internal sealed record SimulatedJob(string Kind, double Seconds, Func<double, double>? ProgressAt = null);

/// <summary>
/// A client that always holds the same number of jobs, sending a new one when it learns that one ended. Jobs are followed by the product's own book on fake time;
/// only the requests are left out.
/// </summary>
internal sealed class PollSimulation
{
    private readonly FakeTime _time = new();
    private readonly PollBook _book;
    private readonly RandomStream _random;
    private readonly Func<Instant, RandomStream, SimulatedJob> _draw;

    public PollSimulation(PollingOptions options, ulong seed, Func<Instant, RandomStream, SimulatedJob> draw)
    {
        _book = new PollBook(options, _time);
        _random = new Seed(seed).Stream("durations");
        _draw = draw;
    }

    /// <summary>Of everything since the last <see cref="Measure"/>, by kind.</summary>
    public Dictionary<string, PollFigures> Kinds { get; } = [];

    public PollFigures All { get; private set; } = new();

    public static SimulatedJob Lognormal(string kind, double median, double sigma, RandomStream random, Func<double, double>? progress = null) =>
        new(kind, median * Math.Exp(sigma * random.NextNormal()), progress);

    /// <summary>Sends jobs evenly over a time; they are then replaced as they end.</summary>
    public void Start(int jobs, Duration over)
    {
        for (var i = 0; i < jobs; i++)
        {
            var job = new Job(this);
            job.Begin(TimeSpan.FromSeconds(over.Seconds * i / jobs));
        }
    }

    public PollFigures RunUntil(double hours)
    {
        _time.RunUntil(Instant.FromSeconds(hours * 3600));
        return All;
    }

    public void Measure()
    {
        All = new PollFigures();
        Kinds.Clear();
    }

    private sealed class Job(PollSimulation simulation)
    {
        private ITimer? _timer;
        private SimulatedJob _job = null!;
        private JobPolls? _polls;
        private Instant _sent;
        private Instant _pending;
        private Instant _end;

        public void Begin(TimeSpan after) => _timer = simulation._time.CreateTimer(_ => Fire(), null, after, Timeout.InfiniteTimeSpan);

        private void Fire()
        {
            var now = simulation._time.Now;
            if (_polls is null)
            {
                Send(now);
            }

            Duration? wait;
            while ((wait = _polls!.Next(now)) is null)
            {
                Ask(now);
            }

            _timer!.Change(wait.Value.ToTimeSpan() + TimeSpan.FromTicks(1), Timeout.InfiniteTimeSpan);
        }

        private void Send(Instant now)
        {
            _job = simulation._draw(now, simulation._random);
            _sent = _pending = now;
            _end = now + Duration.FromSeconds(_job.Seconds);
            _polls = simulation._book.Follow(_job.Kind, now);
        }

        private void Ask(Instant now)
        {
            simulation.All.Asked(now, _pending);
            if (now < _end)
            {
                _pending = now;
                _polls!.Pending(now, _job.ProgressAt?.Invoke((now - _sent).Seconds / _job.Seconds));
                return;
            }

            _polls!.Ended(now - _sent);
            simulation.All.Found(_sent, _pending, _end, now);
            if (!simulation.Kinds.TryGetValue(_job.Kind, out var kind))
            {
                simulation.Kinds[_job.Kind] = kind = new PollFigures();
            }

            kind.Found(_sent, _pending, _end, now);
            Send(now);
        }
    }
}
