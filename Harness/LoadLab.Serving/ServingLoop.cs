using LoadLab.Core;
using LoadLab.Serving.Journal;

namespace LoadLab.Serving;

/// <summary>
/// The host's side of the core: writes the event to the journal, has the core decide, writes the decisions and carries each out on the seams. One thread runs it;
/// the host posts Started first and hands over one event at a time, each with its own instant.
/// </summary>
public sealed class ServingLoop(ServingCore core, ITimeline timeline, IReplicaPool pool, IJobHost host, JournalWriter? journal)
{
    private readonly List<(string Purpose, long Number, TimerId Id)> _timers = [];

    public ServingCore Core => core;

    public void Handle(Instant now, ServingEvent e)
    {
        journal?.Write(now, e);
        if (e is ServingEvent.TimerFired timer)
        {
            Forget(timer.Purpose, timer.Number);
        }

        host.Seen(now, e);
        var decisions = core.Decide(now, e);
        for (var i = 0; journal is not null && i < decisions.Count; i++)
        {
            journal.Write(now, decisions[i]);
        }

        foreach (var decision in decisions)
        {
            Apply(decision);
            host.Decided(now, decision);
        }
    }

    private void Apply(Decision decision)
    {
        switch (decision)
        {
            case Decision.SetTimer timer:
                _timers.Add((timer.Purpose, timer.Number, timeline.Set(timer.At, new ServingEvent.TimerFired(timer.Purpose, timer.Number))));
                break;
            case Decision.CancelTimer timer when Forget(timer.Purpose, timer.Number) is { } id:
                timeline.Cancel(id);
                break;
            case Decision.Provision provision:
                pool.Provision(provision.Replica, provision.Kind);
                break;
            case Decision.Release release:
                pool.Release(release.Replica, release.Drain);
                break;
            case Decision.Load load:
                pool.Get(load.Replica).Load(load.Model);
                break;
            case Decision.Unload unload:
                pool.Get(unload.Replica).Unload(unload.Model);
                break;
            case Decision.Start start:
                pool.Get(start.Replica).Start(start.Batch, start.Stage, start.FromStep, start.JobSpan());
                break;
            case Decision.Cancel cancel:
                pool.Get(cancel.Replica).Cancel(cancel.Batch, cancel.Job);
                break;
            case Decision.Preempt preempt:
                pool.Get(preempt.Replica).Preempt(preempt.Batch);
                break;
        }
    }

    /// <summary>The timer's name on the timeline; null when it is not set. The core has one of each purpose at a time, or few: they are looked through.</summary>
    private TimerId? Forget(string purpose, long number)
    {
        for (var i = 0; i < _timers.Count; i++)
        {
            if (_timers[i].Number == number && _timers[i].Purpose == purpose)
            {
                var id = _timers[i].Id;
                _timers[i] = _timers[^1];
                _timers.RemoveAt(_timers.Count - 1);
                return id;
            }
        }

        return null;
    }
}
