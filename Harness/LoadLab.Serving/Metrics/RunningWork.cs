using LoadLab.Core;

namespace LoadLab.Serving.Metrics;

/// <summary>
/// Which batch each replica runs, and since when. Work ends with StageDone of a stage that was started alone, with BatchDone, with BatchFailed or with the loss of
/// its replica; a late word about an older batch ends nothing. While the replica is down it does not work.
/// </summary>
internal sealed class RunningWork
{
    private readonly NumberTable<Work> _work = new();

    /// <summary>Returns work that the replica never said the end of; null as a rule.</summary>
    public EndedWork? Start(Instant now, Decision.Start start)
    {
        var left = End(now, start.Replica, null, null, false);
        _work[start.Replica.Value] = new Work(start, now);
        return left;
    }

    /// <summary>The work that an event ends; null when it ends none.</summary>
    public EndedWork? End(Instant now, ServingEvent e)
    {
        switch (e)
        {
            case ServingEvent.StageDone { Stage: not Stage.Whole } stage:
                return End(now, stage.Replica, stage.Batch, stage.Stage, true);
            case ServingEvent.BatchDone done:
                return End(now, done.Replica, done.Batch, null, true);
            case ServingEvent.BatchFailed failed:
                return End(now, failed.Replica, failed.Batch, null, false);
            case ServingEvent.ReplicaLost lost:
                return End(now, lost.Replica, null, null, false);
            case ServingEvent.Checkpointed kept when _work.Find(kept.Replica.Value) is { } work && work.Start.Batch == kept.Batch:
                work.Kept = work.At(now);
                break;
            case ServingEvent.ReplicaDown down when _work.Find(down.Replica.Value) is { } work:
                work.Stop(now);
                break;
            case ServingEvent.ReplicaRepaired repaired when _work.Find(repaired.Replica.Value) is { } work:
                work.GoOn(now);
                break;
        }

        return null;
    }

    private EndedWork? End(Instant now, ReplicaId replica, BatchId? batch, Stage? stage, bool done)
    {
        if (_work.Find(replica.Value) is not { } work || work.Start.Batch != (batch ?? work.Start.Batch) || work.Start.Stage != (stage ?? work.Start.Stage))
        {
            return null;
        }

        _work.Remove(replica.Value);
        return new EndedWork(work.Start, work.Since, now, work.At(now), work.Kept, done);
    }

    private sealed class Work(Decision.Start start, Instant since)
    {
        private Duration _done;
        private Instant? _goes = since;

        public Decision.Start Start => start;

        public Instant Since => since;

        /// <summary>The part of its time that a checkpoint has kept.</summary>
        public Duration Kept { get; set; }

        public Duration At(Instant now) => _goes is { } goes ? _done + (now - goes) : _done;

        public void Stop(Instant now) => (_done, _goes) = (At(now), null);

        public void GoOn(Instant now) => _goes ??= now;
    }
}

/// <param name="Start">What was started.</param>
/// <param name="From">When.</param>
/// <param name="To">When it ended.</param>
/// <param name="Took">How long the replica worked on it.</param>
/// <param name="Kept">The part of that which its last checkpoint has kept.</param>
/// <param name="Done">False when it failed or its replica was lost.</param>
internal readonly record struct EndedWork(Decision.Start Start, Instant From, Instant To, Duration Took, Duration Kept, bool Done)
{
    /// <summary>The part of one of its jobs: equal parts, to the nanosecond; the first jobs get what does not divide.</summary>
    public Duration Share(int job) => Part(Took, job);

    /// <summary>The part of <see cref="Share"/> that is lost when the work ends without success: what no checkpoint has kept.</summary>
    public Duration Lost(int job) => Done ? Share(job) : Share(job) - Part(Kept, job);

    private Duration Part(Duration of, int job)
    {
        var (each, rest) = Math.DivRem(of.Nanoseconds, Start.Jobs.Count);
        return new Duration(each + (job < rest ? 1 : 0));
    }
}
