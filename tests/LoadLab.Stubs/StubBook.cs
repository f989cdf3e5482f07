using System.Collections.Concurrent;
using System.Globalization;
using LoadLab.Core;

namespace LoadLab.Stubs;

/// <summary>The service's own books: what was asked of it and when each job truly ended. A job costs one record; nothing runs for it.</summary>
public sealed class StubBook
{
    /// <summary>Length of the windows that the rate of polls is told for.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, StubJob> _byId = new();
    private readonly List<StubJob> _jobs = [];
    private readonly int[] _counts = new int[Enum.GetValues<StubAct>().Length];
    private readonly List<int> _pollsByWindow = [];
    private readonly List<string> _refused = [];
    private readonly DateTimeOffset _openedAt;
    private readonly long _openedNs;
    private long _firstSubmitNs = long.MaxValue;
    private readonly StubOptions _options;
    private int _started;

    /// <param name="options">How long jobs take and which of them fail.</param>
    public StubBook(StubOptions options)
    {
        _options = options;
        (_openedNs, _openedAt) = Now();
    }

    public IReadOnlyList<StubJob> Jobs
    {
        get
        {
            lock (_gate)
            {
                return [.. _jobs];
            }
        }
    }

    /// <summary>Requests that the service refused as its documentation says, each with the reason.</summary>
    public IReadOnlyList<string> Refused
    {
        get
        {
            lock (_gate)
            {
                return [.. _refused];
            }
        }
    }

    /// <summary>Most polls a second in a window of ten.</summary>
    public double MaxPollsPerSecond
    {
        get
        {
            lock (_gate)
            {
                return _pollsByWindow.DefaultIfEmpty().Max() / Window.TotalSeconds;
            }
        }
    }

    public int CountOf(StubAct act) => Volatile.Read(ref _counts[(int)act]);

    /// <summary>When the first submission came, accepted or not; null before.</summary>
    public long? FirstSubmitNs => Volatile.Read(ref _firstSubmitNs) is var first && first == long.MaxValue ? null : first;

    /// <summary>Counts a request. Returns its number among its like, from 1.</summary>
    internal int Count(StubAct act, long now)
    {
        lock (_gate)
        {
            if (act == StubAct.Submit)
            {
                _firstSubmitNs = Math.Min(_firstSubmitNs, now);
            }
            else if (act == StubAct.Poll)
            {
                var window = (int)((now - _openedNs) / (Window.Ticks * 100));
                while (_pollsByWindow.Count <= window)
                {
                    _pollsByWindow.Add(0);
                }

                _pollsByWindow[window]++;
            }

            return ++_counts[(int)act];
        }
    }

    internal void Refuse(string why)
    {
        lock (_gate)
        {
            _refused.Add(why);
        }
    }

    /// <summary>A new job, whose whole life is decided here.</summary>
    /// <param name="asked">What the request said.</param>
    /// <param name="idOf">The service's form of an identifier, given 32 hexadecimal digits.</param>
    /// <param name="failsWith">Why the service will let it fail, besides the fault of the options.</param>
    internal StubJob Submit(StubAsked asked, Func<string, string> idOf, string? failsWith = null)
    {
        lock (_gate)
        {
            var now = MonotonicClock.SystemNanoseconds;
            var number = _jobs.Count + 1;
            var draw = new Seed(_options.Seed).Derive("id").Derive(number);
            var job = new StubJob
            {
                Number = number,
                Id = idOf(string.Create(CultureInfo.InvariantCulture, $"{draw.Value:x16}{draw.Derive(0).Value:x16}")),
                Asked = asked,
                SubmittedNs = now,
                SubmittedAt = _openedAt.AddTicks((now - _openedNs) / 100),
                StartsNs = now + _options.QueueTime.Nanoseconds,
                EndsNs = now + _options.TimeOf(number).Nanoseconds,
                FailsWith = failsWith ?? (_options.Fault.StrikesJob(FaultKind.FailedJob, number) ? _options.Fault.Code : null),
            };
            _jobs.Add(job);
            _byId[job.Id] = job;
            return job;
        }
    }

    /// <summary>The job of that name; null when the service does not know it, or pretends not to.</summary>
    internal StubJob? Find(string id)
    {
        if (!_byId.TryGetValue(id, out var job))
        {
            return null;
        }

        var fault = _options.Fault;
        var early = MonotonicClock.SystemNanoseconds - job.SubmittedNs < fault.For.Ticks * 100;
        return fault.StrikesJob(FaultKind.LostJob, job.Number) || (early && fault.StrikesJob(FaultKind.PollRace, job.Number)) ? null : job;
    }

    /// <summary>Jobs that stand before this one in the queue. Jobs start in the order they came, so the ones that have started are a prefix.</summary>
    internal int Ahead(StubJob job, long now)
    {
        lock (_gate)
        {
            while (_started < _jobs.Count && _jobs[_started].StartsNs <= now)
            {
                _started++;
            }

            return Math.Max(0, job.Number - 1 - _started);
        }
    }

    /// <summary>Both clocks read as nearly at once as the scheduler of this machine allows in twenty tries, so that the times told to clients and the true ones are one.</summary>
    private static (long Ns, DateTimeOffset At) Now()
    {
        var (ns, at, width) = (0L, default(DateTimeOffset), long.MaxValue);
        for (var i = 0; i < 20; i++)
        {
            var before = MonotonicClock.SystemNanoseconds;
            var read = DateTimeOffset.UtcNow;
            var after = MonotonicClock.SystemNanoseconds;
            (ns, at, width) = after - before < width ? (before, read, after - before) : (ns, at, width);
        }

        return (ns, at);
    }
}
