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

    /// <summary>Calls sent so far; may be read from any thread while the schedule plays.</summary>
    public int Sent => _play?.Sent ?? 0;

    /// <summary>Calls sent and not ended.</summary>
    public int InFlight => _play is { } play ? Math.Max(0, play.Sent - play.Ended) : 0;

    /// <summary>What the calls cost so far, those in flight at the mean of the ended; null without a price or before the start.</summary>
    public Usd? Spend => _play?.Spend;

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
