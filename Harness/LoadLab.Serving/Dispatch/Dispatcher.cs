namespace LoadLab.Serving.Dispatch;

/// <summary>
/// First come, first served over free replicas, one job a batch. A waiting job takes a free replica that has its model; else it waits for a load already under
/// way that nobody before it counts on; else it has a free replica load its model, an empty one if there is one. Ties go to the lowest number.
/// </summary>
internal sealed class Dispatcher(JobTable jobs, FleetState fleet, List<Decision> decisions)
{
    private long _batches;

    public void Run()
    {
        Dictionary<ModelId, int>? coming = null;
        for (var node = jobs.First; node is not null && fleet.Free > 0;)
        {
            var next = node.Next;
            var job = node.Value;
            if (Best(job.View.Model) is { } replica)
            {
                if (replica.Model == job.View.Model)
                {
                    Start(job, replica);
                }
                else if (!Claim(coming ??= Loading(), job.View.Model))
                {
                    Fetch(replica, job.View.Model, job.View.Id);
                }
            }

            node = next;
        }
    }

    /// <summary>Has a free replica load a model, unloading another first.</summary>
    public void Fetch(ReplicaState replica, ModelId model, JobId? job)
    {
        replica.LoadsFor = job;
        if (replica.Model is { } other)
        {
            replica.Next = model;
            fleet.Move(replica, ReplicaPhase.Unloading);
            decisions.Add(new Decision.Unload(replica.Id, other, "other-model"));
            return;
        }

        replica.Model = model;
        replica.Next = null;
        fleet.Move(replica, ReplicaPhase.Loading);
        decisions.Add(new Decision.Load(replica.Id, model, job is null ? "preload" : "first-job"));
    }

    private void Start(JobState job, ReplicaState replica)
    {
        var batch = new BatchId(_batches++);
        jobs.Begin(job, replica.Id, batch);
        fleet.Move(replica, ReplicaPhase.Busy);
        replica.Batch = batch;
        JobId[] members = [job.View.Id];
        replica.Jobs = members;
        decisions.Add(new Decision.Start(replica.Id, batch, Stage.Whole, 0, replica.Jobs, "first-come"));
    }

    private ReplicaState? Best(ModelId model)
    {
        ReplicaState? best = null;
        foreach (var replica in fleet.All)
        {
            if (!replica.TakesWork)
            {
                continue;
            }

            if (replica.Model == model)
            {
                return replica;
            }

            best = best is null || (best.Model is not null && replica.Model is null) ? replica : best;
        }

        return best;
    }

    private Dictionary<ModelId, int> Loading()
    {
        var coming = new Dictionary<ModelId, int>();
        foreach (var replica in fleet.All.Where(replica => !replica.Released && replica.Phase is ReplicaPhase.Loading or ReplicaPhase.Unloading))
        {
            var model = (replica.Next ?? replica.Model)!.Value;
            coming[model] = coming.GetValueOrDefault(model) + 1;
        }

        return coming;
    }

    private static bool Claim(Dictionary<ModelId, int> coming, ModelId model)
    {
        var left = coming.GetValueOrDefault(model);
        coming[model] = left - 1;
        return left > 0;
    }
}
