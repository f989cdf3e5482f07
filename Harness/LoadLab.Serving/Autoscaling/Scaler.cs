using LoadLab.Core;
using LoadLab.Serving.Dispatch;

namespace LoadLab.Serving.Autoscaling;

/// <summary>Keeps as many replicas as the autoscaler wants: asks it at its interval, orders what is missing, gives back what is too much, replaces what is lost.</summary>
internal sealed class Scaler(ServingOptions options, IAutoscaler autoscaler, FleetState fleet, List<Decision> decisions)
{
    public const string AutoscaleTimer = "autoscale";
    public const string ReplaceTimer = "replace";

    /// <summary>A replica that was lost before it ever worked is not replaced at once: a pool that cannot give one would be asked without end.</summary>
    private static readonly Duration s_replaceDelay = Duration.FromSeconds(1);

    private int _wanted;
    private long _ticks;
    private long _replacements;
    private bool _stopped;

    public void Start(Instant now)
    {
        _wanted = autoscaler.Initial;
        Reconcile("start");
        SetTick(now, "start");
    }

    /// <param name="now">The instant.</param>
    /// <param name="timer">Ignored when it is another's or an old one.</param>
    /// <param name="pending">Jobs that wait.</param>
    public void Tick(Instant now, ServingEvent.TimerFired timer, int pending)
    {
        if (timer.Purpose == AutoscaleTimer && timer.Number == _ticks && !_stopped)
        {
            var decision = autoscaler.Decide(now, fleet.Snapshot(pending));
            _wanted = decision.Wanted;
            Reconcile(decision.Reason);
            SetTick(now, decision.Reason);
        }
        else if (timer.Purpose == ReplaceTimer)
        {
            Reconcile("replace");
        }
    }

    /// <summary>A replica is gone; one told to go is not missed.</summary>
    public void Lost(Instant now, bool wasReady)
    {
        if (fleet.Active >= _wanted)
        {
            return;
        }

        if (wasReady)
        {
            Reconcile("replace");
        }
        else
        {
            decisions.Add(new Decision.SetTimer(ReplaceTimer, ++_replacements, now + s_replaceDelay, "replace"));
        }
    }

    /// <summary>No more decisions of the autoscaler from now on.</summary>
    public void CancelTick()
    {
        _stopped = true;
        if (_ticks > 0)
        {
            decisions.Add(new Decision.CancelTimer(AutoscaleTimer, _ticks, "shutdown"));
        }
    }

    public void ReleaseAll()
    {
        _wanted = 0;
        Reconcile("shutdown");
    }

    private void SetTick(Instant now, string reason)
    {
        if (autoscaler.Interval is { } interval)
        {
            decisions.Add(new Decision.SetTimer(AutoscaleTimer, ++_ticks, now + interval, reason));
        }
    }

    /// <summary>What is too much goes in this order: what does not work yet, what is free, what is busy; the newest first.</summary>
    private void Reconcile(string reason)
    {
        while (fleet.Active < _wanted)
        {
            decisions.Add(new Decision.Provision(fleet.Add().Id, options.Kind, reason));
        }

        var surplus = fleet.Active - _wanted;
        if (surplus <= 0)
        {
            return;
        }

        foreach (var replica in fleet.All.Where(replica => !replica.Released).OrderBy(Worth).ThenByDescending(replica => replica.Id.Value).Take(surplus).ToList())
        {
            fleet.Release(replica);
            decisions.Add(new Decision.Release(replica.Id, Drain: true, reason));
        }
    }

    private static int Worth(ReplicaState replica) => replica.Phase switch
    {
        ReplicaPhase.Ordered => 0,
        ReplicaPhase.Starting => 1,
        ReplicaPhase.Loading or ReplicaPhase.Unloading => 2,
        ReplicaPhase.Free => 3,
        _ => 4,
    };
}
