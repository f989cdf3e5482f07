using System.Runtime.InteropServices;
using LoadLab.Core;
using LoadLab.Serving.Journal;

namespace LoadLab.Serving;

/// <summary>
/// The host's side of the core: writes the event to the journal, has the core decide, writes the decisions and carries each out on the seams. One thread runs it;
/// the host posts Started first and hands over one event at a time, each with its own instant.
/// </summary>
public sealed class ServingLoop(ServingCore core, ITimeline timeline, IReplicaPool pool, IJobHost host, JournalWriter? journal)
{
    private readonly Dictionary<(string Purpose, long Number), TimerId> _timers = [];

    public ServingCore Core => core;

    public void Handle(Instant now, ServingEvent e)
    {
        journal?.Write(now, e);
        if (e is ServingEvent.TimerFired timer)
        {
            _timers.Remove((timer.Purpose, timer.Number));
        }

        host.Seen(now, e);
        var decisions = core.Handle(now, e);
        foreach (var decision in decisions)
        {
            journal?.Write(now, decision);
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
                _timers[(timer.Purpose, timer.Number)] = timeline.Set(timer.At, new ServingEvent.TimerFired(timer.Purpose, timer.Number));
                break;
            case Decision.CancelTimer timer when _timers.Remove((timer.Purpose, timer.Number), out var id):
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
                pool.Get(start.Replica).Start(start.Batch, start.Stage, start.FromStep, Span(start.Jobs));
                break;
            case Decision.Cancel cancel:
                pool.Get(cancel.Replica).Cancel(cancel.Batch, cancel.Job);
                break;
            case Decision.Preempt preempt:
                pool.Get(preempt.Replica).Preempt(preempt.Batch);
                break;
        }
    }

    private static ReadOnlySpan<JobId> Span(IReadOnlyList<JobId> jobs) => jobs switch
    {
        JobId[] array => array,
        List<JobId> list => CollectionsMarshal.AsSpan(list),
        _ => jobs.ToArray(),
    };
}
