using LoadLab.Core;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Loading;
using LoadLab.Serving.Recovery;

namespace LoadLab.Serving.Dispatch;

/// <summary>A replica from its order to its loss: what it loads, keeps warm and unloads.</summary>
internal sealed class ReplicaLife(ServingOptions options, FleetState fleet, Books books, JobLife life, BatchLife batches, Dispatcher dispatcher, Scaler scaler, List<Decision> decisions)
{
    private readonly IdleRule _rule = new(options.Loading);
    private readonly Alarm _idle = new("idle", decisions);

    /// <summary>Stages and observations of load bring no decision.</summary>
    public void Take(Instant now, ServingEvent e)
    {
        switch (e)
        {
            case ServingEvent.ReplicaProvisioned provisioned when fleet.Find(provisioned.Replica) is { Phase: ReplicaPhase.Ordered } replica:
                fleet.Move(replica, ReplicaPhase.Starting);
                break;
            case ServingEvent.ReplicaReady ready when fleet.Find(ready.Replica) is { WasReady: false } replica:
                Ready(now, replica);
                break;
            case ServingEvent.ModelLoaded loaded when fleet.Find(loaded.Replica) is { Phase: ReplicaPhase.Loading } replica && replica.Model == loaded.Model:
                Loaded(now, replica);
                break;
            case ServingEvent.LoadFailed failed when fleet.Find(failed.Replica) is { Phase: ReplicaPhase.Loading } replica && replica.Model == failed.Model:
                LoadFailed(now, replica, failed.Cause);
                break;
            case ServingEvent.ModelUnloaded unloaded when fleet.Find(unloaded.Replica) is { Phase: ReplicaPhase.Unloading } replica && replica.Model == unloaded.Model:
                Unloaded(now, replica);
                break;
            case ServingEvent.ReplicaDown down when fleet.Find(down.Replica) is { WasReady: true } replica:
                fleet.SetDown(replica, true);
                break;
            case ServingEvent.ReplicaRepaired repaired when fleet.Find(repaired.Replica) is { Down: true } replica:
                fleet.SetDown(replica, false);
                dispatcher.Run(now);
                break;
            case ServingEvent.ReclaimNotice notice when fleet.Find(notice.Replica) is { Released: false } replica:
                scaler.Replace(replica, "reclaim-notice");
                break;
            case ServingEvent.MemoryObserved memory when fleet.Find(memory.Replica) is { } replica:
                replica.FreeBytes = memory.FreeBytes;
                break;
            case ServingEvent.ReplicaLost lost:
                Lost(now, lost);
                break;
        }
    }

    /// <summary>True when the timer was this one's.</summary>
    public bool Ring(Instant now, ServingEvent.TimerFired timer)
    {
        if (!_idle.Rings(timer))
        {
            return false;
        }

        foreach (var replica in fleet.All)
        {
            if (replica is { TakesWork: true, Model: { } model })
            {
                Idle(now, replica, model);
            }
        }

        return true;
    }

    public void Stop() => _idle.Disarm("shutdown");

    /// <summary>Sets the alarm for what idleness makes due on a replica that has just become free.</summary>
    public void Watch(Instant now)
    {
        if (options.Loading.PingEvery is null && options.Loading.UnloadAfter is null)
        {
            return;
        }

        foreach (var replica in fleet.All)
        {
            if (replica is { TakesWork: true, Model: not null } && _rule.Next(replica.Used, replica.Pinged) is { } due)
            {
                _idle.Arm(Instant.Max(now, due.At), due.Reason);
            }
        }
    }

    private void Idle(Instant now, ReplicaState replica, ModelId model)
    {
        if (_rule.Next(replica.Used, replica.Pinged) is not { } due || due.At > now)
        {
            return;
        }

        if (due.Act == IdleAct.Unload)
        {
            fleet.Move(replica, ReplicaPhase.Unloading);
            decisions.Add(new Decision.Unload(replica.Id, model, due.Reason));
            return;
        }

        replica.Pings = true;
        fleet.Move(replica, ReplicaPhase.Loading);
        decisions.Add(new Decision.Load(replica.Id, model, due.Reason));
    }

    private void Ready(Instant now, ReplicaState replica)
    {
        fleet.Move(replica, ReplicaPhase.Free);
        var model = replica.Group.Models.Count > 0 ? replica.Group.Models[0] : options.Model;
        if (options.Preload && model.Name.Length > 0 && !replica.Released)
        {
            dispatcher.Fetch(replica, model, null);
        }

        dispatcher.Run(now);
    }

    private void Loaded(Instant now, ReplicaState replica)
    {
        if (replica.Pings)
        {
            replica.Pinged = now;
        }
        else
        {
            (replica.Used, replica.Pinged) = (now, null);
        }

        Free(now, replica);
    }

    private void Free(Instant now, ReplicaState replica)
    {
        (replica.LoadsFor, replica.Pings) = (null, false);
        fleet.Move(replica, ReplicaPhase.Free);
        dispatcher.Run(now);
    }

    private void LoadFailed(Instant now, ReplicaState replica, string cause)
    {
        if (replica.Model is { } model)
        {
            books.Breakers.Failure(model, now, FailureCause.LoadFailed);
            batches.LoadFailed(now, replica.Group.Stage, model, cause);
        }

        replica.Model = null;
        if (replica.LoadsFor is { } id)
        {
            life.LoadFailed(now, id, cause);
        }

        Free(now, replica);
    }

    private void Unloaded(Instant now, ReplicaState replica)
    {
        replica.Model = null;
        if (replica is { Next: { } model, Released: false, Down: false })
        {
            dispatcher.Fetch(replica, model, replica.LoadsFor);
            return;
        }

        replica.Next = null;
        Free(now, replica);
    }

    private void Lost(Instant now, ServingEvent.ReplicaLost lost)
    {
        if (fleet.Find(lost.Replica) is not { } replica)
        {
            return;
        }

        fleet.Remove(replica);
        books.Health.Forget(replica.Id);
        if (replica.Batch is { } batch)
        {
            batches.Lost(now, batch, lost.Cause);
        }

        scaler.Lost(now, replica);
        dispatcher.Run(now);
    }
}
