using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;
using LoadLab.Workload;

namespace LoadLab.Engine;

/// <summary>
/// Plays a schedule: each call is sent at its absolute intended time, never re-anchored after a delay and never dropped. A call that could not be sent in time is sent late,
/// and its lateness and its latency, both from the intended time, are in its row.
/// </summary>
public sealed class LoadEngine(ITarget target, IPacer pacer, CallsWriter calls, PlayOptions options) : ILoadEngine
{
    private Play? _play;

    /// <inheritdoc/>
    public PlaySnapshot Snapshot() => _play?.Snapshot() ?? new PlaySnapshot { Now = pacer.Now, Planned = 0, Sent = 0, Completed = 0 };

    /// <summary>
    /// Plays the whole schedule and waits for its calls to end. The clock of the pacer is the run's: its zero is the schedule's.
    /// </summary>
    /// <param name="schedule">What to send, when.</param>
    /// <param name="stop">Stops sending; calls in flight are drained as the guard section says.</param>
    /// <param name="abort">Ends at once; calls in flight are recorded as unfinished.</param>
    /// <exception cref="IOException">A row could not be written.</exception>
    public async Task<EngineSummary> PlayAsync(Schedule schedule, CancellationToken stop = default, CancellationToken abort = default)
    {
        if (options.Guard.MaxSpend is not null && options.CostOf is null)
        {
            throw new InvalidOperationException("a guard with a largest spend needs the cost of a call");
        }

        using var play = new Play(schedule, target, pacer, calls, options);
        _play = play;
        using var stopping = stop.Register(() => play.StopSending(Play.Interrupted));
        using var aborting = abort.Register(() => play.StopSending(Play.Interrupted));
        var priority = await DispatchThread.Run(play.Dispatch).ConfigureAwait(false);
        await play.DrainAsync(abort).ConfigureAwait(false);
        return play.Close(priority);
    }
}
