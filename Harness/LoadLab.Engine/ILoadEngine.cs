using LoadLab.Workload;

namespace LoadLab.Engine;

/// <summary>
/// Plays a schedule: each call at its absolute intended time, never re-anchored after a delay and never dropped, with one row and one outcome for every planned call.
/// </summary>
public interface ILoadEngine : IPlayProgress
{
    /// <summary>Plays the whole schedule and waits for its calls to end.</summary>
    /// <param name="schedule">What to send, when.</param>
    /// <param name="stop">Stops sending; calls in flight are drained as the guard section says.</param>
    /// <param name="abort">Ends at once; calls in flight are recorded as unfinished.</param>
    /// <exception cref="IOException">A row could not be written.</exception>
    /// <exception cref="LoadEngineException">The engine itself could not start or go on; what was recorded is kept.</exception>
    Task<EngineSummary> PlayAsync(Schedule schedule, CancellationToken stop = default, CancellationToken abort = default);
}

/// <summary>An engine that is another's program failed: the load was not, or not wholly, played.</summary>
public sealed class LoadEngineException(string message, Exception? cause = null) : Exception(message, cause);
