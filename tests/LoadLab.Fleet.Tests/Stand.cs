using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Fleet.Tests;

/// <summary>Simulated replicas on a stand: orders are given by hand, and what they answer is listed.</summary>
internal sealed class Stand
{
    private readonly List<(double At, ServingEvent Event)> _events = [];

    public Stand(IReadOnlyList<ScheduledCall>? calls = null, ServiceProfile? profile = null, FleetOptions? fleet = null, ServingOptions? serving = null, ulong seed = 42)
    {
        Timeline = new VirtualTimeline(Instant.Zero);
        Work = new SimulatedWork(Fixtures.Of(1000, calls ?? [.. Enumerable.Range(0, 8).Select(i => Fixtures.Call(i, i))]), profile ?? Fixtures.Profile(), fleet ?? new FleetOptions(), serving ?? new ServingOptions(), new Seed(seed));
        Pool = new SimulatedReplicaPool(Timeline, Work, fleet ?? new FleetOptions());
    }

    public static ModelId Model { get; } = new(Fixtures.Model);

    public VirtualTimeline Timeline { get; }

    public SimulatedWork Work { get; }

    public SimulatedReplicaPool Pool { get; }

    /// <summary>A replica with the model loaded; the clock stands at the end of its load.</summary>
    public IReplica Loaded(int number = 0)
    {
        var replica = Provisioned(number);
        replica.Load(Model);
        Run(Timeline.Now + Duration.FromSeconds(10));
        return replica;
    }

    public IReplica Provisioned(int number = 0)
    {
        Pool.Provision(new ReplicaId(number), new ReplicaKind("any"));
        Run(Timeline.Now);
        return Pool.Get(new ReplicaId(number));
    }

    public void Start(IReplica replica, int batch, Stage stage, params int[] jobs) => replica.Start(new BatchId(batch), stage, 0, [.. jobs.Select(job => new JobId(job))]);

    /// <summary>Everything up to an instant; the clock stands there afterwards.</summary>
    public void Run(Instant until)
    {
        while (Timeline.Next <= until)
        {
            var e = Timeline.Take()!;
            Pool.Seen(e);
            _events.Add((Timeline.Now.Seconds, e));
        }

        Timeline.MoveTo(until);
    }

    /// <summary>What was answered since the last time, up to an instant: seconds since then and a word.</summary>
    public string[] Answers(double seconds = 1000)
    {
        _events.Clear();
        var since = Timeline.Now.Seconds;
        Run(Timeline.Now + Duration.FromSeconds(seconds));
        return [.. _events.Select(entry => FormattableString.Invariant($"{Math.Round(entry.At - since, 6)} {Word(entry.Event)}"))];
    }

    private static string Word(ServingEvent e) => e switch
    {
        ServingEvent.StageDone done => $"{done.Stage}",
        ServingEvent.BatchDone => "done",
        ServingEvent.BatchFailed failed => failed.Cause,
        ServingEvent.MemoryObserved memory => $"free {memory.FreeBytes}",
        ServingEvent.ModelLoaded => "loaded",
        ServingEvent.ModelUnloaded => "unloaded",
        ServingEvent.LoadFailed failed => $"load {failed.Cause}",
        ServingEvent.ReplicaLost lost => $"lost {lost.Cause}",
        ServingEvent.ReplicaProvisioned => "provisioned",
        ServingEvent.ReplicaReady => "ready",
        ServingEvent.Checkpointed kept => $"kept {kept.Step}",
        ServingEvent.ReclaimNotice => "notice",
        ServingEvent.ReplicaDown => "down",
        ServingEvent.ReplicaRepaired => "repaired",
        _ => e.GetType().Name,
    };
}
