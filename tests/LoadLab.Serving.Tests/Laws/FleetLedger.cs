using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Placement;

namespace LoadLab.Serving.Tests.Laws;

internal enum SeenPhase
{
    Ordered,
    Starting,
    Free,
    Loading,
    Unloading,
    Busy,
}

/// <summary>A replica as its host sees it.</summary>
internal sealed class SeenReplica(ReplicaId id, ReplicaGroup group)
{
    public ReplicaId Id => id;

    public ReplicaGroup Group => group;

    public SeenPhase Phase { get; set; }

    public ModelId? Model { get; set; }

    /// <summary>What it loads.</summary>
    public ModelId Coming { get; set; }

    public BatchId Batch { get; set; }

    public bool Released { get; set; }

    public long? FreeBytes { get; set; }

    public bool Down { get; set; }

    /// <summary>It will be taken away.</summary>
    public bool Noticed { get; set; }

    public bool TakesWork => Phase == SeenPhase.Free && !Released && !Down;
}

/// <summary>A replica does one thing at a time, runs only what its group may, and only with the model loaded.</summary>
internal sealed class FleetLedger(ServingOptions serving, AutoscalerOptions autoscaler)
{
    private readonly IReadOnlyList<ReplicaGroup> _plan = FleetPlan.Of(serving);
    private readonly Dictionary<ReplicaId, SeenReplica> _replicas = [];
    private int _last = -1;

    /// <summary>Replicas that take work.</summary>
    public int Free => _replicas.Values.Count(replica => replica.TakesWork);

    public IReadOnlyCollection<SeenReplica> All => _replicas.Values;

    public SeenReplica Of(ReplicaId id)
    {
        Law.Holds(_replicas.ContainsKey(id), $"replica {id.Value} is not there");
        return _replicas[id];
    }

    /// <summary>Whether the batch runs there at this moment, so that an event of it counts.</summary>
    public bool Runs(ReplicaId id, BatchId batch) => _replicas.TryGetValue(id, out var replica) && replica.Phase == SeenPhase.Busy && replica.Batch == batch;

    /// <summary>The batch that a replica runs; null when it runs none.</summary>
    public BatchId? RunningOn(ReplicaId id) => _replicas.TryGetValue(id, out var replica) && replica.Phase == SeenPhase.Busy ? replica.Batch : null;

    public bool Loads(ReplicaId id, ModelId model) => _replicas.TryGetValue(id, out var replica) && replica.Phase == SeenPhase.Loading && replica.Coming == model;

    public void Before(ServingEvent e)
    {
        switch (e)
        {
            case ServingEvent.ReplicaProvisioned provisioned when Find(provisioned.Replica) is { Phase: SeenPhase.Ordered } replica:
                replica.Phase = SeenPhase.Starting;
                break;
            case ServingEvent.ReplicaReady ready when Find(ready.Replica) is { Phase: SeenPhase.Ordered or SeenPhase.Starting } replica:
                replica.Phase = SeenPhase.Free;
                break;
            case ServingEvent.ModelLoaded loaded when Loads(loaded.Replica, loaded.Model):
                (Of(loaded.Replica).Phase, Of(loaded.Replica).Model) = (SeenPhase.Free, loaded.Model);
                break;
            case ServingEvent.LoadFailed failed when Loads(failed.Replica, failed.Model):
                (Of(failed.Replica).Phase, Of(failed.Replica).Model) = (SeenPhase.Free, null);
                break;
            case ServingEvent.ModelUnloaded unloaded when Find(unloaded.Replica) is { Phase: SeenPhase.Unloading } replica:
                (replica.Phase, replica.Model) = (SeenPhase.Free, null);
                break;
            case ServingEvent.StageDone { Stage: Stage.Text or Stage.Denoise } done when Runs(done.Replica, done.Batch) && Of(done.Replica).Group.Stage == done.Stage:
                Of(done.Replica).Phase = SeenPhase.Free;
                break;
            case ServingEvent.BatchDone done when Runs(done.Replica, done.Batch):
                Of(done.Replica).Phase = SeenPhase.Free;
                break;
            case ServingEvent.BatchFailed failed when Runs(failed.Replica, failed.Batch):
                Of(failed.Replica).Phase = SeenPhase.Free;
                break;
            case ServingEvent.ReplicaDown down when Find(down.Replica) is { Phase: > SeenPhase.Starting } replica:
                replica.Down = true;
                break;
            case ServingEvent.ReplicaRepaired repaired when Find(repaired.Replica) is { } replica:
                replica.Down = false;
                break;
            case ServingEvent.ReclaimNotice notice when Find(notice.Replica) is { } replica:
                replica.Noticed = true;
                break;
            case ServingEvent.MemoryObserved memory when Find(memory.Replica) is { } replica:
                replica.FreeBytes = memory.FreeBytes;
                break;
            case ServingEvent.ReplicaLost lost:
                _replicas.Remove(lost.Replica);
                break;
        }
    }

    public void Decided(Decision decision)
    {
        switch (decision)
        {
            case Decision.Provision provision:
                Law.Holds(provision.Replica.Value > _last, "a replica's number was used again");
                _last = provision.Replica.Value;
                _replicas.Add(provision.Replica, new SeenReplica(provision.Replica, Missing(provision.Kind)));
                break;
            case Decision.Release release:
                Law.Holds(!Of(release.Replica).Released, "a replica was released twice");
                Of(release.Replica).Released = true;
                break;
            case Decision.Load load:
                var loading = Of(load.Replica);
                Law.Holds(loading.TakesWork, $"replica {load.Replica.Value}, {loading.Phase}, was told to load");
                Law.Holds(loading.Model is null || loading.Model == load.Model, "a model was loaded over another");
                Law.Holds(Holds(loading.Group, load.Model), "a replica loads a model that its group does not hold");
                (loading.Phase, loading.Coming) = (SeenPhase.Loading, load.Model);
                break;
            case Decision.Unload unload:
                var unloading = Of(unload.Replica);
                Law.Holds(unloading.TakesWork && unloading.Model == unload.Model, $"replica {unload.Replica.Value}, {unloading.Phase}, was told to unload what it does not have or uses");
                unloading.Phase = SeenPhase.Unloading;
                break;
            case Decision.Start start:
                var starting = Of(start.Replica);
                Law.Holds(!starting.Noticed, $"work was given to replica {start.Replica.Value}, which will be taken away");
                Law.Holds(starting.TakesWork, $"work was given to replica {start.Replica.Value}, which is {starting.Phase}");
                Law.Holds(starting.Group.Stage == start.Stage, $"a replica of stage {starting.Group.Stage} was given {start.Stage}");
                (starting.Phase, starting.Batch) = (SeenPhase.Busy, start.Batch);
                break;
        }
    }

    public static bool Holds(ReplicaGroup group, ModelId model) => group.Models.Count == 0 || group.Models.Contains(model);

    private SeenReplica? Find(ReplicaId id) => _replicas.GetValueOrDefault(id);

    /// <summary>Groups are filled in the plan's order, so that a new replica is of the first that lacks one; the scaled one may always have another.</summary>
    private ReplicaGroup Missing(ReplicaKind kind)
    {
        var lacking = _plan.FirstOrDefault(group => group.Kind == kind && (group.Scaled ? autoscaler.Kind == AutoscalerKind.Fixed && Active(group) < Shared() : Active(group) < group.Replicas));
        lacking ??= autoscaler.Kind == AutoscalerKind.Fixed ? null : _plan.FirstOrDefault(group => group.Kind == kind && group.Scaled && Active(group) < autoscaler.Max);
        Law.Holds(lacking is not null, "a replica was ordered that no group lacks");
        return lacking!;
    }

    private int Shared() => autoscaler.Replicas - serving.Tiers.Sum(tier => tier.Replicas);

    private int Active(ReplicaGroup group) => _replicas.Values.Count(replica => ReferenceEquals(replica.Group, group) && !replica.Released);
}
