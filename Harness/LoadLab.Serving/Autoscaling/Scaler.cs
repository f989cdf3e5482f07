using LoadLab.Core;
using LoadLab.Serving.Dispatch;
using LoadLab.Serving.Placement;

namespace LoadLab.Serving.Autoscaling;

/// <summary>
/// Keeps as many replicas of each group as there should be: of the scaled one as many as the autoscaler wants, asked at its interval; of the others their number.
/// Orders what is missing, gives back what is too much, replaces what is lost.
/// </summary>
internal sealed class Scaler(ServingOptions options, AutoscalerOptions scaling, IAutoscaler autoscaler, FleetState fleet, List<Decision> decisions)
{
    public const string AutoscaleTimer = "autoscale";
    public const string ReplaceTimer = "replace";

    /// <summary>A replica that was lost before it ever worked is not replaced at once: a pool that cannot give one would be asked without end.</summary>
    private static readonly Duration s_replaceDelay = Duration.FromSeconds(1);

    private readonly IReadOnlyList<ReplicaGroup> _groups = FleetPlan.Of(options);
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
            var decision = Decide(now, fleet.Snapshot(pending));
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
    public void Lost(Instant now, ReplicaState replica)
    {
        if (replica.Released || fleet.ActiveOf(replica.Group) >= WantedOf(replica.Group))
        {
            return;
        }

        if (replica.WasReady)
        {
            Reconcile("replace");
        }
        else
        {
            decisions.Add(new Decision.SetTimer(ReplaceTimer, ++_replacements, now + s_replaceDelay, "replace"));
        }
    }

    /// <summary>Gives back a replica that is of no use any more, and orders another in its place.</summary>
    public void Replace(ReplicaState replica, string reason)
    {
        fleet.Release(replica);
        decisions.Add(new Decision.Release(replica.Id, Drain: true, reason));
        Reconcile(reason);
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
        _stopped = true;
        Reconcile("shutdown");
    }

    private ScaleDecision Decide(Instant now, FleetSnapshot snapshot)
    {
        try
        {
            // One that was lost and is to be ordered again counts: it is wanted.
            return autoscaler.Decide(now, snapshot with { Replicas = Math.Max(snapshot.Replicas, _wanted) });
        }
        catch (Exception e)
        {
            decisions.Add(Faults.Of("autoscaler", e));
            return new ScaleDecision(_wanted, Faults.Reason);
        }
    }

    private void SetTick(Instant now, string reason)
    {
        if (autoscaler.Interval is { } interval)
        {
            decisions.Add(new Decision.SetTimer(AutoscaleTimer, ++_ticks, now + interval, reason));
        }
    }

    private int WantedOf(ReplicaGroup group) => _stopped ? 0 : group.Scaled ? FleetPlan.Shared(options, scaling, _wanted) : group.Replicas;

    private void Reconcile(string reason)
    {
        foreach (var group in _groups)
        {
            Reconcile(group, reason);
        }
    }

    /// <summary>What is too much goes in this order: what does not work yet, what is free, what is busy; the newest first.</summary>
    private void Reconcile(ReplicaGroup group, string reason)
    {
        var active = fleet.ActiveOf(group);
        for (; active < WantedOf(group); active++)
        {
            decisions.Add(new Decision.Provision(fleet.Add(group).Id, group.Kind, reason));
        }

        var surplus = active - WantedOf(group);
        if (surplus <= 0)
        {
            return;
        }

        foreach (var replica in fleet.All.Where(replica => ReferenceEquals(replica.Group, group) && !replica.Released).OrderBy(Worth).ThenByDescending(replica => replica.Id.Value).Take(surplus).ToList())
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
