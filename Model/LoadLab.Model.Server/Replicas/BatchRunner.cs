using System.Collections.Concurrent;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Replicas;

/// <summary>How a started part of a batch came out.</summary>
internal enum StageEnd
{
    /// <summary>Another stage of the batch is to come.</summary>
    More,
    Done,

    /// <summary>Every job of the batch was cancelled.</summary>
    Cancelled,

    /// <summary>The replica was told to stop.</summary>
    Stopped,
}

/// <summary>
/// Takes batches through their stages on a worker. The replica's thread runs it; <see cref="Cancel"/> may come from any and takes effect at the next denoise step:
/// the job is taken out, and a batch that is left empty ends there.
/// </summary>
internal sealed class BatchRunner(ReplicaId replica, IVideoWorker worker, IBatchHost host, IEventSink events, CancellationToken stop)
{
    private readonly ConcurrentDictionary<JobId, BatchId> _cancelled = new();
    private readonly Dictionary<BatchId, OpenBatch> _open = [];

    public void Cancel(BatchId batch, JobId job) => _cancelled[job] = batch;

    /// <summary>Runs what was started. What it throws is the batch's failure; close the batch then too.</summary>
    public StageEnd Run(ReplicaCommand.Start start)
    {
        var all = start.Stage == Stage.Whole;
        if (all || start.Stage == Stage.Text)
        {
            Encode(start);
        }

        if (!_open.TryGetValue(start.Batch, out var open))
        {
            throw new InvalidOperationException($"batch {start.Batch.Value} is not open on this replica");
        }

        if ((all || start.Stage == Stage.Denoise) && !Denoise(start, open))
        {
            return stop.IsCancellationRequested ? StageEnd.Stopped : StageEnd.Cancelled;
        }

        if (!all && start.Stage != Stage.Decode)
        {
            return StageEnd.More;
        }

        Decode(start.Batch, open);
        return StageEnd.Done;
    }

    /// <summary>Frees what the batch holds.</summary>
    public void Close(BatchId batch)
    {
        if (_open.Remove(batch, out var open))
        {
            open.Work.Dispose();
        }

        // Batches are numbered in order of dispatch, so older entries are cancellations that came too late.
        foreach (var (job, of) in _cancelled)
        {
            if (of.Value <= batch.Value)
            {
                _cancelled.TryRemove(job, out _);
            }
        }
    }

    public void CloseAll()
    {
        foreach (var batch in _open.Keys.ToList())
        {
            Close(batch);
        }
    }

    private void Encode(ReplicaCommand.Start start)
    {
        var tasks = start.Jobs.Select(job => host.Task(job) ?? throw new InvalidOperationException($"job {job.Value} has no payload")).ToList();
        var open = new OpenBatch(start.Jobs, worker.Open(tasks));
        _open[start.Batch] = open;
        open.Work.Text();
        events.Post(new ServingEvent.StageDone(replica, start.Batch, Stage.Text));
    }

    /// <summary>False when nobody waits for the batch any more.</summary>
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

        events.Post(new ServingEvent.StageDone(replica, start.Batch, Stage.Denoise));
        return true;
    }

    private void Decode(BatchId batch, OpenBatch open)
    {
        for (var i = 0; i < open.Jobs.Count; i++)
        {
            if (!open.Cancelled.Contains(i) && !IsCancelled(batch, open.Jobs[i]))
            {
                host.Store(open.Jobs[i], open.Work.Decode(i));
            }
        }

        events.Post(new ServingEvent.StageDone(replica, batch, Stage.Decode));
    }

    /// <summary>Takes the jobs cancelled meanwhile out of the batch; true when none is left.</summary>
    private bool NobodyWaits(BatchId batch, OpenBatch open)
    {
        for (var i = 0; i < open.Jobs.Count; i++)
        {
            if (IsCancelled(batch, open.Jobs[i]) && open.Cancelled.Add(i))
            {
                open.Work.Cancel(i);
            }
        }

        return stop.IsCancellationRequested || open.Cancelled.Count == open.Jobs.Count;
    }

    private bool IsCancelled(BatchId batch, JobId job) => _cancelled.TryGetValue(job, out var of) && of == batch;

    private sealed record OpenBatch(IReadOnlyList<JobId> Jobs, IVideoBatch Work)
    {
        /// <summary>Indices of the jobs taken out.</summary>
        public HashSet<int> Cancelled { get; } = [];
    }
}
