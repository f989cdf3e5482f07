using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;

namespace LoadLab.Fleet;

/// <summary>Reads the simulated server at even instants of virtual time. Between two events nothing changes, so each sample is exact.</summary>
internal sealed class FleetSampler(Instant start, Duration every, VirtualTimeline timeline, SimulatedReplicaPool pool, NodeFleet nodes, ServingCore core)
{
    private readonly List<Sample> _samples = [];
    private Instant _next = start + every;

    public IReadOnlyList<Sample> Samples => _samples;

    /// <summary>Takes every sample due before <paramref name="at"/>, moving the clock to it.</summary>
    public void Before(Instant at)
    {
        while (_next < at)
        {
            timeline.MoveTo(_next);
            _samples.Add(new Sample(_next, "server", "queue.length", "jobs", core.QueueLength));
            _samples.Add(new Sample(_next, "server", "busy.share", "share", pool.TakeBusyShare()));
            _samples.Add(new Sample(_next, "server", "replicas", "replicas", pool.Existing));
            _samples.Add(new Sample(_next, "server", "replicas.busy", "replicas", pool.Busy));
            if (nodes.Any)
            {
                _samples.Add(new Sample(_next, "server", "nodes", "nodes", nodes.Existing));
                _samples.Add(new Sample(_next, "server", "gpus.empty", "GPUs", nodes.Empty));
                _samples.Add(new Sample(_next, "server", "orders.waiting", "replicas", nodes.Waiting));
            }

            _next += every;
        }
    }
}
