using LoadLab.Core;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Recovery;

namespace LoadLab.Serving.Dispatch;

/// <summary>What becomes of a batch: its stages, its end, its failure and what is learned from each.</summary>
internal sealed class BatchLife(FleetState fleet, Books books, JobLife life, Dispatcher dispatcher, Scaler scaler)
{
    /// <summary>A stage that was started alone ended: the replica is free, the batch goes on elsewhere. Stages of a whole batch bring nothing.</summary>
    public void StageDone(Instant now, ServingEvent.StageDone done)
    {
        if (Running(done.Replica, done.Batch) is not { Batch: { } batch } replica || batch.Stage != done.Stage || batch.Stage is Stage.Whole or Stage.Decode)
        {
            return;
        }

        Leave(now, replica, batch);
        if (batch.IsWanted && !dispatcher.Stopped)
        {
            dispatcher.NextStage(batch, batch.Stage == Stage.Text ? Stage.Denoise : Stage.Decode);
        }
        else
        {
            Abort(now, batch);
        }

        dispatcher.Run(now);
    }

    public void Done(Instant now, ServingEvent.BatchDone done)
    {
        if (Running(done.Replica, done.Batch) is not { Batch: { } batch } replica)
        {
            return;
        }

        Leave(now, replica, batch);
        dispatcher.Ended(batch);
        books.Breakers.Success(batch.Key.Model, now);
        books.Health.Succeeded(replica.Id);
        if (batch.FromStep == 0)
        {
            books.Wait.Observe(batch.Key, batch.Jobs.Length, batch.Took);
        }

        foreach (var job in batch.Jobs)
        {
            if (ReferenceEquals(job.Batch, batch))
            {
                life.Done(now, job);
            }
        }

        dispatcher.Run(now);
    }

    public void Failed(Instant now, ServingEvent.BatchFailed failed)
    {
        if (Running(failed.Replica, failed.Batch) is not { Batch: { } batch } replica)
        {
            return;
        }

        Leave(now, replica, batch);
        dispatcher.Ended(batch);
        Learn(now, replica, batch, failed.Cause);
        Fail(now, batch, failed.Cause, failed.Detail);
        dispatcher.Run(now);
    }

    /// <summary>Steps of a running batch are kept. A stage of a pipeline keeps none: its batch starts again with the text.</summary>
    public void Checkpointed(ServingEvent.Checkpointed checkpoint)
    {
        if (Running(checkpoint.Replica, checkpoint.Batch) is { Batch: { Stage: Stage.Whole } batch } && checkpoint.Step > batch.Checkpoint && checkpoint.Step <= batch.Key.Steps)
        {
            batch.Checkpoint = checkpoint.Step;
        }
    }

    /// <summary>The replica of a batch is gone.</summary>
    public void Lost(Instant now, BatchState batch, string cause)
    {
        var counts = cause == FailureCause.Reclaimed ? FailureCause.Reclaimed : FailureCause.ReplicaLost;
        dispatcher.Ended(batch);
        books.Breakers.Failure(batch.Key.Model, now, counts);
        Fail(now, batch, counts, cause);
    }

    /// <summary>A batch that lies between two replicas goes no further: nobody wants it any more, or the server stops.</summary>
    public void Abort(Instant now, BatchState batch)
    {
        dispatcher.Ended(batch);
        books.Breakers.Failure(batch.Key.Model, now, FailureCause.Cancelled);
        Fail(now, batch, FailureCause.Shutdown, "the server stops");
    }

    /// <summary>A stage's model could not be loaded: the batch that waits first for that stage pays, so that the loads do not go on without end.</summary>
    public void LoadFailed(Instant now, Stage stage, ModelId model, string cause)
    {
        if (dispatcher.FirstBetween(stage, model) is { } batch)
        {
            dispatcher.Ended(batch);
            Fail(now, batch, FailureCause.LoadFailed, cause);
        }
    }

    private void Learn(Instant now, ReplicaState replica, BatchState batch, string cause)
    {
        books.Breakers.Failure(batch.Key.Model, now, cause);
        if (cause == FailureCause.OutOfMemory)
        {
            books.Limits.OutOfMemory(batch.Key, batch.Jobs.Length);
        }
        else if (FailureCause.IsFault(cause) && books.Health.Failed(replica.Id) && !replica.Released)
        {
            scaler.Replace(replica, "unhealthy");
        }
    }

    private void Fail(Instant now, BatchState batch, string cause, string detail)
    {
        foreach (var job in batch.Jobs)
        {
            if (!ReferenceEquals(job.Batch, batch))
            {
                continue;
            }

            job.FromStep = FailureCause.KeepsSteps(cause) ? batch.Checkpoint : 0;
            if (FailureCause.IsInterruption(cause))
            {
                life.Interrupted(now, job, cause);
            }
            else
            {
                life.Failed(now, job, cause, detail, batch.Jobs.Length);
            }
        }
    }

    private ReplicaState? Running(ReplicaId id, BatchId batch) =>
        fleet.Find(id) is { Phase: ReplicaPhase.Busy, Batch: { } running } replica && running.Id == batch ? replica : null;

    private void Leave(Instant now, ReplicaState replica, BatchState batch)
    {
        batch.Took += now - batch.Started;
        replica.Batch = null;
        (replica.Used, replica.Pinged) = (now, null);
        fleet.Move(replica, ReplicaPhase.Free);
    }
}
