using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Targets;

namespace LoadLab.Engine.NBomber;

/// <summary>A call that is not sent by whoever sends it, but by the NBomber copy that takes it from the pool.</summary>
internal sealed class RelayedCall(ScheduledCall planned, ITargetCall call, CopyPool pool) : ITargetCall
{
    private readonly TaskCompletionSource<CallRecord> _record = new();
    private RunStop? _stop;
    private int _claimed;

    public Instant? Sent => call.Sent;

    /// <summary>Hands the call to a copy that waits. While none does, the call waits and grows late; when the run is over first, it was never sent.</summary>
    public Task<CallRecord> SendAsync(RunStop stop)
    {
        _stop = stop;
        if (!pool.Hand(this))
        {
            stop.Token.UnsafeRegister(static state => ((RelayedCall)state!).Withdraw(), this);
        }

        return _record.Task;
    }

    /// <summary>What became of it in the hands of a copy; null while it is not ended and when the run was over before a copy took it.</summary>
    public CallRecord? Record { get; private set; }

    /// <summary>Sends the call on the thread of the copy and follows it to its end.</summary>
    public async Task PlayAsync()
    {
        if (!Claim())
        {
            return;
        }

        pool.CountStart();
        try
        {
            Record = await call.SendAsync(_stop!).ConfigureAwait(false);
            _record.SetResult(Record);
        }
        catch (Exception e)
        {
            _record.TrySetException(e);
            throw;
        }
    }

    /// <summary>Nobody will take the call.</summary>
    public void Fail(LoadEngineException cause)
    {
        if (Claim())
        {
            _record.SetException(cause);
        }
    }

    private void Withdraw()
    {
        if (Claim())
        {
            _record.SetResult(CallRecord.Unfinished(planned) with { Reason = _stop!.Reason });
        }
    }

    private bool Claim() => Interlocked.Exchange(ref _claimed, 1) == 0;
}
