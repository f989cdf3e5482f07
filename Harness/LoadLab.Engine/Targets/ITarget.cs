using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;

namespace LoadLab.Engine.Targets;

/// <summary>What the load is played against. One call, one task.</summary>
public interface ITarget : IAsyncDisposable
{
    /// <summary>
    /// Readies a call before its time, so that only the send itself happens at the intended instant. Runs on the dispatch thread; must not block or do I/O.
    /// </summary>
    ITargetCall Prepare(ScheduledCall call, string prompt, IRunClock clock);
}

/// <summary>One call, ready to be sent once.</summary>
public interface ITargetCall
{
    /// <summary>Just before the send call; null until then.</summary>
    Instant? Sent { get; }

    /// <summary>
    /// Sends on the calling thread and follows the call to its end. Whatever the service does is an outcome in the record; an exception is a fault of this program.
    /// </summary>
    Task<CallRecord> SendAsync(RunStop stop);
}
