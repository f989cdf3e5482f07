using LoadLab.Core;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Timeline;

/// <summary>
/// Real time for the serving core: one thread handles events in order of (Instant, sequence). An event posted by any thread is stamped when it is posted; a
/// timer's event carries the instant it was set for, so that a late wake-up never reorders it behind events that came after it.
/// <see cref="Now"/> is that stamp and stays frozen while the event is handled.
/// </summary>
/// <remarks>
/// Bound: <see cref="TryPost"/>, the entrance of clients, refuses while <see cref="ClientBound"/> events wait. <see cref="Post"/>, the entrance of replicas and
/// of the core itself, is bounded by their number of batches in flight and throws at twice that.
/// </remarks>
internal sealed class LiveTimeline : ITimeline, IEventSink, IDisposable
{
    public const int ClientBound = 8192;

    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _wake = new(initialState: false, spinCount: 0);
    private readonly Queue<Entry> _posted = new();
    private readonly PriorityQueue<Entry, (Instant At, long Sequence)> _timers = new();
    private readonly HashSet<long> _armed = [];
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MonotonicClock _clock;
    private Action<Instant, ServingEvent>? _handler;
    private Thread? _thread;
    private Instant _now;
    private long _sequence;
    private bool _stopping;

    /// <param name="clock">The run's; a server that starts before the load begins reads negative times.</param>
    public LiveTimeline(MonotonicClock clock)
    {
        _clock = clock;
        _now = clock.Now;
    }

    private readonly record struct Entry(Instant At, long Sequence, ServingEvent Event);

    public Instant Now => _now;

    /// <summary>Ends when the thread has ended; faulted when a handler threw: the core's state is then unknown and the server has to stop.</summary>
    public Task Completion => _done.Task;

    /// <summary>Starts the core's thread. Events posted before wait for it.</summary>
    public void Start(Action<Instant, ServingEvent> handler)
    {
        _handler = handler;
        _thread = new Thread(Run) { Name = "serving core", IsBackground = true };
        _thread.Start();
    }

    public void Post(ServingEvent e)
    {
        if (!Enqueue(e, 2 * ClientBound))
        {
            throw new InvalidOperationException($"more than {2 * ClientBound} events wait for the serving core");
        }
    }

    /// <summary>False when too many events wait: the client is told to come back.</summary>
    public bool TryPost(ServingEvent e) => Enqueue(e, ClientBound);

    public TimerId Set(Instant at, ServingEvent e)
    {
        lock (_gate)
        {
            var entry = new Entry(Instant.Max(at, _now), ++_sequence, e);
            _timers.Enqueue(entry, (entry.At, entry.Sequence));
            _armed.Add(entry.Sequence);
            _wake.Set();
            return new TimerId(entry.Sequence);
        }
    }

    public void Cancel(TimerId id)
    {
        lock (_gate)
        {
            _armed.Remove(id.Value);
        }
    }

    /// <summary>Handles what has been posted, then ends the thread; timers that are not yet due never fire.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopping = true;
            _wake.Set();
        }

        if (_thread is null)
        {
            _done.TrySetResult();
        }
    }

    public void Dispose()
    {
        Stop();
        _thread?.Join();
        _wake.Dispose();
    }

    private bool Enqueue(ServingEvent e, int bound)
    {
        lock (_gate)
        {
            if (_posted.Count >= bound)
            {
                return false;
            }

            _posted.Enqueue(new Entry(_clock.Now, ++_sequence, e));
            _wake.Set();
            return true;
        }
    }

    private void Run()
    {
        try
        {
            while (Next() is { } entry)
            {
                _handler!(entry.At, entry.Event);
            }

            _done.TrySetResult();
        }
        catch (Exception e)
        {
            // The thread's last words: whoever awaits Completion stops the server with them.
            _done.TrySetException(e);
        }
    }

    private Entry? Next()
    {
        while (true)
        {
            TimeSpan wait;
            lock (_gate)
            {
                if (Take(out wait) is { } entry)
                {
                    _now = Instant.Max(_now, entry.At);
                    return entry with { At = _now };
                }

                if (_stopping)
                {
                    return null;
                }

                _wake.Reset();
            }

            _wake.Wait(wait);
        }
    }

    /// <summary>The earlier of the oldest posted event and the first timer that is due.</summary>
    private Entry? Take(out TimeSpan wait)
    {
        wait = Timeout.InfiniteTimeSpan;
        while (_timers.TryPeek(out var timer, out _))
        {
            if (!_armed.Contains(timer.Sequence))
            {
                _timers.Dequeue();
                continue;
            }

            var first = !_posted.TryPeek(out var posted) || (timer.At, timer.Sequence).CompareTo((posted.At, posted.Sequence)) < 0;
            var left = timer.At - _clock.Now;
            if (first && left.Nanoseconds <= 0 && !_stopping)
            {
                _armed.Remove(timer.Sequence);
                return _timers.Dequeue();
            }

            // A wait of a part of a millisecond is rounded up: late by at most one, never a spin.
            wait = TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling(left.Milliseconds), 1, 60_000));
            break;
        }

        return _posted.TryDequeue(out var next) ? next : null;
    }
}
