using System.Collections.Concurrent;
using LoadLab.Core;
using LoadLab.Model.Server.Metrics;
using LoadLab.Serving;
using LoadLab.Serving.Safety;

namespace LoadLab.Model.Server.Safety;

/// <summary>
/// Runs checks on threads of its own and answers the core by SafetyChecked. It never waits and never throws into its caller. Without an answer (no room, a hanging
/// check) the core's limit decides; a check that throws is answered at once as that limit would.
/// </summary>
/// <remarks>
/// Bounds: <see cref="Threads"/> checks at once and <see cref="MaxQueued"/> waiting. A thread whose check has not returned after twice its limit is given up and
/// replaced, up to <see cref="MaxStuck"/> of them; it works again when the check returns.
/// </remarks>
internal sealed class ContentChecker : IDisposable
{
    public const int Threads = 4;
    public const int MaxQueued = 1024;
    public const int MaxStuck = 16;

    private static readonly TimeSpan s_watchEvery = TimeSpan.FromMilliseconds(50);

    private readonly SafetyOptions _options;
    private readonly IContentCheck _before;
    private readonly IContentCheck _after;
    private readonly ITimeline _timeline;
    private readonly IEventSink _events;
    private readonly PacedLines _lines;
    private readonly BlockingCollection<Item> _queue = new(MaxQueued);
    private readonly Lock _gate = new();
    private readonly List<Worker> _workers = [];
    private readonly Timer _watch;
    private long _unserved;
    private long _faults;
    private long _givenUp;

    /// <param name="options">Limits and times.</param>
    /// <param name="before">Looks at prompts.</param>
    /// <param name="after">Looks at clips.</param>
    /// <param name="timeline">Posts answers that are due later; thread-safe.</param>
    /// <param name="events">Posts answers at once.</param>
    /// <param name="lines">Told of checks that throw, hang or find no room.</param>
    public ContentChecker(SafetyOptions options, IContentCheck before, IContentCheck after, ITimeline timeline, IEventSink events, PacedLines lines)
    {
        (_options, _before, _after, _timeline, _events, _lines) = (options, before, after, timeline, events, lines);
        _watch = new Timer(_ => Watch(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public CheckerFigures Figures
    {
        get
        {
            lock (_gate)
            {
                return new CheckerFigures(_queue.Count, _workers.Count(worker => worker.Stuck), Interlocked.Read(ref _unserved), Interlocked.Read(ref _faults), _givenUp);
            }
        }
    }

    /// <param name="asked">When the core asked: the answer comes no earlier than the check's own time after that.</param>
    /// <param name="content">What to look at.</param>
    public void Check(Instant asked, Content content)
    {
        if (_queue.IsAddingCompleted)
        {
            return;
        }

        if (!_queue.TryAdd(new Item(asked, content, SystemNow)))
        {
            Interlocked.Increment(ref _unserved);
            _lines.Say(SystemNow, $"content check: {MaxQueued} contents wait already; a job's {content.Phase} check is left to its limit");
            return;
        }

        lock (_gate)
        {
            if (_workers.Count == 0)
            {
                for (var i = 0; i < Threads; i++)
                {
                    HireLocked();
                }

                _watch.Change(s_watchEvery, s_watchEvery);
            }
        }
    }

    /// <summary>Ends the threads that can be ended; one that is stuck dies with the process.</summary>
    public void Dispose()
    {
        _queue.CompleteAdding();
        _watch.Dispose();
        List<Worker> workers;
        lock (_gate)
        {
            workers = [.. _workers];
        }

        workers.ForEach(worker => worker.CancelCheck());
        var until = SystemNow + Duration.FromSeconds(1);
        workers.ForEach(worker => worker.Thread!.Join((int)Math.Max(0, (until - SystemNow).Milliseconds)));
    }

    private static Instant SystemNow => new(MonotonicClock.SystemNanoseconds);

    private void HireLocked()
    {
        var worker = new Worker();
        _workers.Add(worker);
        worker.Thread = new Thread(() => Work(worker)) { IsBackground = true, Name = "content check" };
        worker.Thread.Start();
    }

    private void Work(Worker worker)
    {
        foreach (var item in _queue.GetConsumingEnumerable())
        {
            if (!Serve(worker, item))
            {
                return;
            }
        }
    }

    /// <summary>False when the thread was given up meanwhile and is not needed any more.</summary>
    private bool Serve(Worker worker, Item item)
    {
        var check = _options.Of(item.Content.Phase) ?? new SafetyCheck();
        if (SystemNow - item.Queued >= check.Limit)
        {
            Interlocked.Increment(ref _unserved);
            return true;
        }

        using var cancel = new CancellationTokenSource();
        worker.Begin(cancel, SystemNow, item.Queued + check.Limit, check.Limit);
        var answer = Ask(item.Content, check, cancel.Token);
        lock (_gate)
        {
            var late = worker.End();
            if (late && _workers.Count(other => !other.Stuck) > Threads)
            {
                _workers.Remove(worker);
                return false;
            }

            if (late || answer is null || _queue.IsAddingCompleted)
            {
                return true;
            }
        }

        Answer(item, check, answer.Value);
        return true;
    }

    /// <summary>Null when the time has passed.</summary>
    private (bool Allowed, string Detail)? Ask(Content content, SafetyCheck check, CancellationToken cancellationToken)
    {
        try
        {
            var refusal = (content.Phase == SafetyPhase.Before ? _before : _after).Refusal(content, cancellationToken);
            return (refusal is null, refusal ?? "");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
#pragma warning disable CA1031 // A check may fail in ways nobody foresaw; the server goes on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Interlocked.Increment(ref _faults);
            _lines.Say(SystemNow, $"content check: the {content.Phase} check of job {content.Job.Value} failed: {e.GetType().Name}: {e.Message}");
            return (check.TimeoutAllows, check.TimeoutAllows ? "" : "the content check failed");
        }
    }

    private void Answer(Item item, SafetyCheck check, (bool Allowed, string Detail) answer)
    {
        var e = new ServingEvent.SafetyChecked(item.Content.Job, item.Content.Phase, answer.Allowed, answer.Detail);
        try
        {
            if (check.Takes > Duration.Zero)
            {
                _timeline.Set(item.Asked + check.Takes, e);
            }
            else
            {
                _events.Post(e);
            }
        }
        catch (InvalidOperationException error)
        {
            // The core's entrance is full or closed: its limit answers.
            Interlocked.Increment(ref _unserved);
            _lines.Say(SystemNow, $"content check: no answer for job {item.Content.Job.Value}: {error.Message}");
        }
    }

    private void Watch()
    {
        lock (_gate)
        {
            foreach (var worker in _workers.ToList())
            {
                if (worker.Overstays(SystemNow))
                {
                    _givenUp++;
                    _lines.Say(SystemNow, $"content check: a check has not returned after twice its limit; {_workers.Count(other => other.Stuck)} threads are stuck");
                }
            }

            while (!_queue.IsAddingCompleted && _workers.Count(worker => !worker.Stuck) < Threads && _workers.Count < Threads + MaxStuck)
            {
                HireLocked();
            }
        }
    }

    /// <param name="Asked">On the core's clock.</param>
    /// <param name="Content">What to look at.</param>
    /// <param name="Queued">On the system's clock.</param>
    private sealed record Item(Instant Asked, Content Content, Instant Queued);

    private sealed class Worker
    {
        private readonly Lock _gate = new();
        private CancellationTokenSource? _cancel;
        private Instant _due;
        private Instant _givenUp;
        private volatile bool _stuck;

        public Thread? Thread { get; set; }

        /// <summary>Given up: inside a check whose time has passed.</summary>
        public bool Stuck => _stuck;

        public void Begin(CancellationTokenSource cancel, Instant now, Instant due, Duration limit)
        {
            lock (_gate)
            {
                (_cancel, _due, _givenUp) = (cancel, due, now + limit + limit);
            }
        }

        /// <summary>True when the thread had been given up.</summary>
        public bool End()
        {
            lock (_gate)
            {
                var late = _stuck;
                (_cancel, _stuck) = (null, false);
                return late;
            }
        }

        public void CancelCheck()
        {
            lock (_gate)
            {
                _ = _cancel?.CancelAsync();
            }
        }

        /// <summary>Cancels a check whose time has passed; true once it has to be given up.</summary>
        public bool Overstays(Instant now)
        {
            lock (_gate)
            {
                if (_cancel is null || now < _due)
                {
                    return false;
                }

                // What a check registered on its token runs elsewhere: it may hang too.
                _ = _cancel.CancelAsync();
                if (_stuck || now < _givenUp)
                {
                    return false;
                }

                _stuck = true;
                return true;
            }
        }
    }
}
