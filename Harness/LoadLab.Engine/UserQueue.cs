using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;
using LoadLab.Workload;

namespace LoadLab.Engine;

/// <summary>The users of a closed loop between the dispatch thread, which starts their calls, and the threads on which calls end.</summary>
internal sealed class UserQueue(ClosedUsers users, int calls) : IDisposable
{
    /// <summary>A wait for a user who thinks is cut, so that another whose answer came is not kept longer than this.</summary>
    private static readonly Duration s_slice = Duration.FromMilliseconds(1);

    private const double LongestWaitMs = 60_000;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _ended = new(0);
    private readonly Instant[] _intended = new Instant[calls];

    public int Started
    {
        get
        {
            lock (_gate)
            {
                return users.Started;
            }
        }
    }

    /// <summary>Blocks until a user's next call is due and starts it; null when no call is left or sending was stopped.</summary>
    public ScheduledCall? StartNext(IPacer pacer, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var (call, next, over) = Look(pacer.Now);
            if (call is not null || over)
            {
                return call;
            }

            if (next is { } at)
            {
                var slice = pacer.Now + s_slice;
                pacer.WaitUntil(at < slice ? at : slice, stop);
            }
            else if (!WaitForEnd(users.End - pacer.Now, stop))
            {
                return null;
            }
        }

        return null;
    }

    public void Ended(int call, Instant now)
    {
        lock (_gate)
        {
            users.Ended(call, now);
        }

        _ended.Release();
    }

    /// <summary>The call with the time at which it came due.</summary>
    public ScheduledCall Timed(ScheduledCall call) => call with { Intended = _intended[call.Index] };

    public void Dispose() => _ended.Dispose();

    private (ScheduledCall? Call, Instant? Next, bool Over) Look(Instant now)
    {
        lock (_gate)
        {
            if (users.Next is not { } next || next > now)
            {
                return (null, users.Next, users.Over(now));
            }

            var call = users.Start();
            _intended[call.Index] = call.Intended;
            return (call, null, false);
        }
    }

    /// <summary>Until a call ended or the load did; false when sending was stopped.</summary>
    private bool WaitForEnd(Duration left, CancellationToken stop)
    {
        try
        {
            _ended.Wait((int)Math.Clamp(left.Milliseconds, 1, LongestWaitMs), stop);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
