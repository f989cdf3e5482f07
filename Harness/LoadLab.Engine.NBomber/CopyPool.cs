using System.Collections.Concurrent;

namespace LoadLab.Engine.NBomber;

/// <summary>
/// Where the dispatch thread and the copies of NBomber's scenario meet: a call whose time has come goes to the copy that has waited longest, on the thread that hands it over,
/// so that no thread switch lies between the intended time and the send. Thread-safe and without a lock: a copy of ordinary priority that held one could make the dispatch thread
/// wait for a time slice.
/// </summary>
/// <param name="copies">How many copies there will be.</param>
internal sealed class CopyPool(int copies)
{
    private readonly ConcurrentQueue<TaskCompletionSource<RelayedCall?>> _waiting = new();
    private readonly ConcurrentQueue<RelayedCall> _calls = new();
    private readonly ConcurrentQueue<RelayedCall> _kept = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile LoadEngineException? _failure;
    private volatile bool _ended;
    private int _arrived;
    private int _started;
    private int _waited;

    /// <summary>Ends when every copy waits for its first call.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Calls that a copy has begun to send.</summary>
    public int Started => Volatile.Read(ref _started);

    /// <summary>Calls whose time came when no copy was free.</summary>
    public int Waited => Volatile.Read(ref _waited);

    public void CountStart() => Interlocked.Increment(ref _started);

    /// <summary>Gives a call to a copy; false when none waits, and the call is kept for the first that comes.</summary>
    public bool Hand(RelayedCall call)
    {
        if (_failure is null && _waiting.TryDequeue(out var copy))
        {
            copy.SetResult(call);
            return true;
        }

        Interlocked.Increment(ref _waited);
        _calls.Enqueue(call);
        Settle();
        return false;
    }

    /// <summary>The call of an iteration that begins: one that was kept for it, else the next.</summary>
    public Task<RelayedCall?> BeginAsync() => _kept.TryDequeue(out var call) ? Task.FromResult<RelayedCall?>(call) : NextAsync();

    /// <summary>The next call for a copy, at its intended time; null when there will be none.</summary>
    public Task<RelayedCall?> NextAsync()
    {
        if (_calls.TryDequeue(out var call))
        {
            return Task.FromResult<RelayedCall?>(call);
        }

        var copy = new TaskCompletionSource<RelayedCall?>();
        _waiting.Enqueue(copy);
        if (Interlocked.Increment(ref _arrived) == copies)
        {
            _ready.TrySetResult();
        }

        Settle();
        return copy.Task;
    }

    /// <summary>Keeps what <see cref="NextAsync"/> gave for the iteration that begins at once.</summary>
    public void Keep(RelayedCall call) => _kept.Enqueue(call);

    /// <summary>Nothing more will come: every copy that waits is told so.</summary>
    public void End()
    {
        _ended = true;
        Settle();
    }

    /// <summary>The copies are gone: calls that wait for one, and those to come, fail.</summary>
    public void Fail(LoadEngineException cause)
    {
        _failure = cause;
        Settle();
    }

    /// <summary>Brings together what two threads put down at the same time. Whoever puts something down calls this afterwards, so that the later of the two sees both.</summary>
    private void Settle()
    {
        while (_failure is { } failure && _calls.TryDequeue(out var call))
        {
            call.Fail(failure);
        }

        while (!_calls.IsEmpty && _waiting.TryDequeue(out var copy))
        {
            if (_calls.TryDequeue(out var call))
            {
                copy.SetResult(call);
            }
            else
            {
                _waiting.Enqueue(copy);
            }
        }

        while (_ended && _waiting.TryDequeue(out var copy))
        {
            copy.SetResult(null);
        }
    }
}
