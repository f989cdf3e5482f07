using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Engine.Observers;

/// <summary>
/// All queries of one Prometheus server, asked one after the other on a thread of low priority, at absolute times start + k x every. What the server does, and does not do, ends no run.
/// </summary>
internal sealed class ServerWatch : IDisposable
{
    private const int Nice = 10;
    private const int FirstClockAnswers = 3;
    private const int RoundsPerClockAnswer = 16;
    private static readonly TimeSpan s_longestEnd = TimeSpan.FromSeconds(20);

    private readonly MonotonicClock _clock;
    private readonly Action<IReadOnlyList<Sample>> _write;
    private readonly PrometheusClient _client;
    private readonly ServerClock _server = new();
    private readonly List<QueryWatch> _watches;
    private readonly TaskCompletionSource<IReadOnlyList<string>> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _limit = new();
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private bool _disposed;

    public ServerWatch(IReadOnlyList<Observation> queries, string? token, MonotonicClock clock, Action<IReadOnlyList<Sample>> write)
    {
        (_clock, _write) = (clock, write);
        _client = new PrometheusClient(queries[0].Server, token);
        _watches = [.. queries.Select(query => new QueryWatch(query, _client, _server, write))];
        _thread = new Thread(Run) { IsBackground = true, Name = "observer", Priority = ThreadPriority.Lowest };
        _thread.Start();
    }

    /// <summary>Ends with a last round, asks for what was missed and gives a line for each query. Takes at most some 20 seconds.</summary>
    public Task<IReadOnlyList<string>> FinishAsync()
    {
        _limit.CancelAfter(s_longestEnd);
        _stop.Set();
        return _ended.Task;
    }

    /// <summary>Without <see cref="FinishAsync"/> before it, what was written stays and nothing more is asked.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _limit.Cancel();
        _stop.Set();
        if (_thread.Join(TimeSpan.FromSeconds(5)))
        {
            _client.Dispose();
            _limit.Dispose();
            _stop.Dispose();
        }
    }

    private void Run()
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                _ = LinuxNative.SetPriority(LinuxNative.PriorityProcess, 0, Nice);
            }

            Watch();
            _ended.SetResult([.. _watches.Select(watch => watch.Line())]);
        }
#pragma warning disable CA1031 // Whatever went wrong here, a full disk for one, must not end the run that is being measured; it is told with the lines.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _ended.SetResult([$"observing {_watches[0].Observation.Server} ended early: {e.Message}", .. _watches.Select(watch => watch.Line())]);
        }
    }

    private void Watch()
    {
        var start = _clock.Now;
        _watches.ForEach(watch => watch.Begin(start));
        Learn(FirstClockAnswers);
        for (var round = 0; ; round++)
        {
            var next = _watches.MinBy(watch => watch.Due)!;
            var wait = (next.Due - _clock.Now).ToTimeSpan();
            if (_stop.Wait(wait > TimeSpan.Zero ? wait : TimeSpan.Zero))
            {
                break;
            }

            next.Round(_clock, _limit.Token);
            if (next.IsReplicas || round < _watches.Count)
            {
                next.MeasureStaleness(_limit.Token);
            }

            if (round % RoundsPerClockAnswer == RoundsPerClockAnswer - 1)
            {
                Learn(1);
            }

            Plan(next);
        }

        End();
    }

    private void Plan(QueryWatch watch)
    {
        watch.Due += watch.Observation.Every;
        while (watch.Due < _clock.Now && !_stop.IsSet)
        {
            watch.Due += watch.Observation.Every;
            watch.Miss("late");
        }
    }

    private void End()
    {
        var end = _clock.Now;
        if (!_server.IsKnown)
        {
            Learn(1);
        }

        foreach (var watch in _watches.TakeWhile(_ => !_limit.IsCancellationRequested))
        {
            watch.Round(_clock, _limit.Token);
            watch.MeasureStaleness(_limit.Token);
        }

        foreach (var watch in _watches)
        {
            watch.Fill(end, _limit.Token);
        }

        var now = _clock.Now;
        _write([.. _watches.SelectMany(watch => watch.Summary(now))]);
    }

    private void Learn(int answers)
    {
        for (var i = 0; i < answers; i++)
        {
            var sent = _clock.Now;
            try
            {
                if (_client.Instant("time()", Duration.FromSeconds(2), _limit.Token).Series is [{ Points: [var point] }])
                {
                    _server.Observe(sent, _clock.Now, Math.Clamp(point.Value, 0, 9e9));
                }
            }
            catch (ObserverException)
            {
                // The queries themselves will say what is wrong.
                return;
            }
        }
    }
}
