using LoadLab.Core;

namespace LoadLab.Serving.Metrics;

/// <summary>
/// Which batch each replica runs, and since when. Work ends with StageDone of a stage that was started alone, with BatchDone, with BatchFailed or with the loss of
/// its replica; a late word about an older batch ends nothing.
/// </summary>
internal sealed class RunningWork
{
    private readonly Dictionary<ReplicaId, (Decision.Start Start, Instant Since)> _work = [];

    /// <summary>Returns work that the replica never said the end of; null as a rule.</summary>
    public EndedWork? Start(Instant now, Decision.Start start)
    {
        var left = End(now, start.Replica, null, null, false);
        _work[start.Replica] = (start, now);
        return left;
    }

    /// <summary>The work that an event ends; null when it ends none.</summary>
    public EndedWork? End(Instant now, ServingEvent e) => e switch
    {
        ServingEvent.StageDone { Stage: not Stage.Whole } stage => End(now, stage.Replica, stage.Batch, stage.Stage, true),
        ServingEvent.BatchDone done => End(now, done.Replica, done.Batch, null, true),
        ServingEvent.BatchFailed failed => End(now, failed.Replica, failed.Batch, null, false),
        ServingEvent.ReplicaLost lost => End(now, lost.Replica, null, null, false),
        _ => null,
    };

    private EndedWork? End(Instant now, ReplicaId replica, BatchId? batch, Stage? stage, bool done)
    {
        if (!_work.TryGetValue(replica, out var work) || work.Start.Batch != (batch ?? work.Start.Batch) || work.Start.Stage != (stage ?? work.Start.Stage))
        {
            return null;
        }

        _work.Remove(replica);
        return new EndedWork(work.Start, work.Since, now, done);
    }
}

/// <param name="Start">What was started.</param>
/// <param name="From">When.</param>
/// <param name="To">When it ended.</param>
/// <param name="Done">False when it failed or its replica was lost.</param>
internal readonly record struct EndedWork(Decision.Start Start, Instant From, Instant To, bool Done)
{
    public Duration Took => To - From;

    /// <summary>The part of one of its jobs: equal parts, to the nanosecond; the first jobs get what does not divide.</summary>
    public Duration Share(int job)
    {
        var (each, rest) = Math.DivRem(Took.Nanoseconds, Start.Jobs.Count);
        return new Duration(each + (job < rest ? 1 : 0));
    }
}
