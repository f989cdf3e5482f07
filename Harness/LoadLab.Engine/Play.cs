using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Guards;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;
using LoadLab.Workload;

namespace LoadLab.Engine;

/// <summary>One schedule being played.</summary>
internal sealed class Play : IDisposable
{
    public const string Interrupted = "interrupted";

    /// <summary>How long calls get to withdraw their jobs when the drain is over.</summary>
    private static readonly TimeSpan s_withdrawTime = TimeSpan.FromSeconds(10);

    private readonly Schedule _schedule;
    private readonly ITarget _target;
    private readonly IPacer _pacer;
    private readonly PlayOptions _options;
    private readonly GuardWatch _guard;
    private readonly CallLedger _ledger;
    private readonly ITargetCall?[] _inFlight;
    private readonly UserQueue? _users;
    private readonly CancellationTokenSource _sendStop = new();
    private readonly RunStop _runStop = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _fault;
    private string? _stopReason;
    private volatile bool _closed;

    /// <summary>Calls in flight, and one for the dispatch thread while it runs: nought means that nothing more will come.</summary>
    private int _open = 1;

    public Play(Schedule schedule, ITarget target, IPacer pacer, CallsWriter calls, PlayOptions options)
    {
        _schedule = schedule;
        _target = target;
        _pacer = pacer;
        _options = options;
        _guard = new GuardWatch(options.Guard, options.CostOf, schedule.ClosedUsers is null ? schedule.Length : default);
        _ledger = new CallLedger(schedule.Calls, calls, _guard);
        _inFlight = Touched<ITargetCall?>(schedule.Calls.Count);
        _users = schedule.ClosedUsers is null ? null : new UserQueue(new ClosedUsers(schedule), schedule.Calls.Count);
    }

    public PlaySnapshot Snapshot() => _ledger.Snapshot(_pacer.Now) with { LastIntended = _users is null && _schedule.Calls.Count > 0 ? _schedule.IntendedOf(_schedule.Calls.Count - 1) : null };

    /// <summary>The first reason stays.</summary>
    public void StopSending(string reason)
    {
        Interlocked.CompareExchange(ref _stopReason, reason, null);
        _sendStop.Cancel();
    }

    /// <summary>Sends every call at its time. Runs on the dispatch thread.</summary>
    public void Dispatch()
    {
        try
        {
            if (_users is null)
            {
                DispatchPlanned();
            }
            else
            {
                DispatchClosed(_users);
            }
        }
        finally
        {
            CloseOne();
        }
    }

    private void DispatchPlanned()
    {
        var due = 0;
        foreach (var call in _schedule.Calls)
        {
            var ready = _target.Prepare(call, _schedule.PromptOf(call), _pacer);
            _pacer.WaitUntil(call.Intended, _sendStop.Token);
            due = DueBy(due);
            if (!TrySend(call, ready, due))
            {
                return;
            }
        }
    }

    private void DispatchClosed(UserQueue users)
    {
        while (users.StartNext(_pacer, _sendStop.Token) is { } call)
        {
            if (!TrySend(call, _target.Prepare(call, _schedule.PromptOf(call), _pacer), call.Index + 1))
            {
                return;
            }
        }
    }

    /// <summary>False when sending is over: stopped, or refused by a guard.</summary>
    private bool TrySend(ScheduledCall call, ITargetCall ready, int due)
    {
        if (_sendStop.IsCancellationRequested)
        {
            return false;
        }

        if (_ledger.TrySend(_pacer.Now, due) is { } refusal)
        {
            StopSending(refusal);
            return false;
        }

        Send(call, ready);
        return true;
    }

    /// <summary>Waits for the calls in flight, as long as the drain allows; then stops them.</summary>
    public async Task DrainAsync(CancellationToken abort)
    {
        var drain = _options.Guard.Drain;
        if (await IdleWithinAsync(drain.Max.ToTimeSpan(), abort).ConfigureAwait(false))
        {
            return;
        }

        var withdraw = drain.ThenCancel && !abort.IsCancellationRequested;
        _runStop.Stop(abort.IsCancellationRequested ? Interrupted : withdraw ? "drain:cancelled" : "drain:left", withdraw);
        await IdleWithinAsync(s_withdrawTime, abort).ConfigureAwait(false);
    }

    /// <summary>Books what never ended, and sums up.</summary>
    public EngineSummary Close(string priority)
    {
        var planned = _users?.Started ?? _schedule.Calls.Count;
        var outcomes = _ledger.Close(planned, call => CallRecord.Unfinished(_users?.Timed(call) ?? call) with
        {
            Sent = _inFlight[call.Index]?.Sent,
            Reason = _inFlight[call.Index] is null ? Volatile.Read(ref _stopReason) ?? "run-ended" : _runStop.Reason,
        });
        _closed = true;
        return _fault is null
            ? new EngineSummary
            {
                Planned = planned,
                Sent = _ledger.Sent,
                Outcomes = outcomes,
                Quality = _ledger.Quality(_options.LatenessGate),
                StopReason = Volatile.Read(ref _stopReason),
                DispatchPriority = priority,
                Saturation = _guard.Saturation,
                Spend = _guard.Spend,
            }
            : throw _fault;
    }

    public void Dispose()
    {
        _sendStop.Dispose();
        _users?.Dispose();
        _runStop.Dispose();
    }

    private void Send(ScheduledCall call, ITargetCall ready)
    {
        _inFlight[call.Index] = ready;
        Interlocked.Increment(ref _open);
        _ = FollowAsync(call, ready);
    }

    private async Task FollowAsync(ScheduledCall call, ITargetCall ready)
    {
        try
        {
            var record = await ready.SendAsync(_runStop).ConfigureAwait(false);
            if (_ledger.End(record) is { } stop)
            {
                StopSending(stop);
            }

            _inFlight[call.Index] = null;
            _users?.Ended(call.Index, _pacer.Now);
        }
#pragma warning disable CA1031 // A call's task is awaited by nobody: whatever it throws is kept and thrown at the end of the run.
        catch (Exception e)
#pragma warning restore CA1031
        {
            // A call that outlived the run meets a target that is gone.
            if (!_closed)
            {
                Interlocked.CompareExchange(ref _fault, e, null);
                StopSending("engine-fault");
            }
        }
        finally
        {
            CloseOne();
        }
    }

    /// <summary>An array whose memory is the process's from the start: else a long run would grow page by page, and each first touch would cost the sending thread a fault.</summary>
    internal static T[] Touched<T>(int length)
    {
        var array = new T[length];
        Array.Clear(array);
        return array;
    }

    private int DueBy(int due)
    {
        var now = _pacer.Now;
        while (due < _schedule.Calls.Count && _schedule.IntendedOf(due) <= now)
        {
            due++;
        }

        return due;
    }

    private void CloseOne()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _idle.TrySetResult();
        }
    }

    private async Task<bool> IdleWithinAsync(TimeSpan limit, CancellationToken abort)
    {
        try
        {
            await _idle.Task.WaitAsync(limit, abort).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return _idle.Task.IsCompleted;
        }
    }
}
