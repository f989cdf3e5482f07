using System.Collections.Concurrent;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Replicas;

/// <summary>How a started part of a batch came out.</summary>
internal enum StageEnd
{
    /// <summary>Another stage of the batch is to come; what it needs is with the host.</summary>
    More,
    Done,

    /// <summary>Every job of the batch was cancelled.</summary>
    Cancelled,

    /// <summary>The replica was told to stop.</summary>
    Stopped,
}

/// <summary>
/// Takes batches through their stages on a worker: all of them, or one whose input another replica left with the host. The replica's thread runs it;
/// <see cref="Cancel"/> may come from any and takes effect between stages, at the next denoise step or before the next clip: the job is taken out, and a batch that is left
/// empty ends there. Nothing of a batch stays on the worker when <see cref="Run"/> returns or throws.
/// </summary>
internal sealed class BatchRunner(ReplicaId replica, IVideoWorker worker, IBatchHost host, IEventSink events, CancellationToken stop)
{
    private static readonly Stage[] s_all = [Stage.Text, Stage.Denoise, Stage.Decode];

    private readonly ConcurrentDictionary<JobId, BatchId> _cancelled = new();

    public void Cancel(BatchId batch, JobId job) => _cancelled[job] = batch;

    /// <summary>Runs what was started. What it throws is the batch's failure.</summary>
    public StageEnd Run(ReplicaCommand.Start start)
    {
        try
        {
            var end = RunStages(start);
            if (end == StageEnd.More)
            {
                events.Post(new ServingEvent.StageDone(replica, start.Batch, start.Stage));
            }

            return end;
        }
        finally
        {
            Forget(start.Batch);
        }
    }

    private StageEnd RunStages(ReplicaCommand.Start start)
    {
        using var open = Open(start);
        if (open is null)
        {
            return StageEnd.Cancelled;
        }

        foreach (var stage in start.Stage == Stage.Whole ? s_all : [start.Stage])
        {
            if (NobodyWaits(start.Batch, open) || !Run(stage, start, open))
            {
                return stop.IsCancellationRequested ? StageEnd.Stopped : StageEnd.Cancelled;
            }

            if (start.Stage == Stage.Whole || stage == Stage.Decode)
            {
                events.Post(new ServingEvent.StageDone(replica, start.Batch, stage));
            }
        }

        return start.Stage is Stage.Whole or Stage.Decode ? StageEnd.Done : HandOn(start.Batch, open);
    }

    /// <summary>False when it was given up.</summary>
    private bool Run(Stage stage, ReplicaCommand.Start start, OpenBatch open)
    {
        switch (stage)
        {
            case Stage.Text:
                open.Work.Text();
                return true;
            case Stage.Denoise:
                return Denoise(start, open);
            default:
                return Decode(start.Batch, open);
        }
    }

    /// <summary>Null when nobody waits for what another replica left.</summary>
    private OpenBatch? Open(ReplicaCommand.Start start)
    {
        if (start.Stage is Stage.Whole or Stage.Text)
        {
            return new OpenBatch(start.Jobs, worker.Open(Tasks(start.Jobs)));
        }

        var left = host.Take(start.Batch, start.Jobs)?.Of(start.Jobs) ?? throw new InvalidOperationException($"batch {start.Batch.Value}: no replica has left it for {start.Stage.ToString().ToLowerInvariant()}");
        return left.Jobs.Count == 0 ? null : new OpenBatch(left.Jobs, worker.Import(Tasks(left.Jobs), left.State));
    }

    private List<VideoTask> Tasks(IReadOnlyList<JobId> jobs) => [.. jobs.Select(job => host.Task(job) ?? throw new InvalidOperationException($"job {job.Value} has no payload"))];

    private bool Denoise(ReplicaCommand.Start start, OpenBatch open)
    {
        if (start.FromStep != open.Work.StepsDone)
        {
            throw new InvalidOperationException($"cannot start at step {start.FromStep}: the batch stands at step {open.Work.StepsDone}");
        }

        while (!open.Work.IsDenoised)
        {
            if (NobodyWaits(start.Batch, open))
            {
                return false;
            }

            open.Work.Step();
            foreach (var job in open.Jobs)
            {
                host.Progress(job, open.Work.StepsDone);
            }
        }

        return true;
    }

    private bool Decode(BatchId batch, OpenBatch open)
    {
        for (var i = 0; i < open.Jobs.Count; i++)
        {
            if (NobodyWaits(batch, open))
            {
                return false;
            }

            if (!open.Cancelled.Contains(i))
            {
                host.Store(open.Jobs[i], open.Work.Decode(i));
            }
        }

        return true;
    }

    private StageEnd HandOn(BatchId batch, OpenBatch open)
    {
        if (NobodyWaits(batch, open))
        {
            return stop.IsCancellationRequested ? StageEnd.Stopped : StageEnd.Cancelled;
        }

        host.Keep(batch, new HandOver([.. open.Jobs.Where((_, i) => !open.Cancelled.Contains(i))], open.Work.Export()));
        return StageEnd.More;
    }

    /// <summary>Takes the jobs cancelled meanwhile out of the batch; true when none is left, or the replica stops.</summary>
    private bool NobodyWaits(BatchId batch, OpenBatch open)
    {
        for (var i = 0; i < open.Jobs.Count; i++)
        {
            if (_cancelled.TryGetValue(open.Jobs[i], out var of) && of == batch && open.Cancelled.Add(i))
            {
                open.Work.Cancel(i);
            }
        }

        return stop.IsCancellationRequested || open.Cancelled.Count == open.Jobs.Count;
    }

    // A replica runs one batch at a time, and is told to cancel in the batch it runs: older entries are cancellations that came too late.
    private void Forget(BatchId batch)
    {
        foreach (var (job, of) in _cancelled)
        {
            if (of.Value <= batch.Value)
            {
                _cancelled.TryRemove(job, out _);
            }
        }
    }

    private sealed record OpenBatch(IReadOnlyList<JobId> Jobs, IVideoBatch Work) : IDisposable
    {
        /// <summary>Indices of the jobs taken out.</summary>
        public HashSet<int> Cancelled { get; } = [];

        public void Dispose() => Work.Dispose();
    }
}
