using LoadLab.Core;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Priority;

namespace LoadLab.Testing;

/// <summary>
/// A serving core at steady state: for every job that ends another one arrives, so that the queue keeps its length. Batches take a second or so of virtual time, every
/// 97th fails. What it measures holds this host's own work, which is small.
/// </summary>
internal sealed class SteadyServing
{
    private const string Model = "nano";
    private static readonly string[] s_tiers = ["vip", "paid", "free"];
    private readonly ServingCore _core;
    private readonly JournalWriter? _journal;
    private readonly PriorityQueue<ServingEvent, (long At, long Sequence)> _agenda = new();
    private readonly HashSet<(string, long)> _timers = [];
    private readonly string[] _tenants;
    private readonly int _shapes;
    private Instant _now;
    private long _sequence;
    private int _owed;
    private int _jobs;

    private SteadyServing(ServingOptions options, int replicas, int jobs, int shapes, int tenants, bool journal)
    {
        var header = new JournalHeader { Serving = options, Autoscaler = new AutoscalerOptions { Replicas = replicas }, Seed = 1, EpochNs = 0 };
        (_core, _journal) = (header.CreateCore(), journal ? new JournalWriter(Stream.Null, header) : null);
        (_shapes, _tenants) = (shapes, [.. Enumerable.Range(0, tenants).Select(tenant => $"tenant-{tenant}")]);
        _agenda.Enqueue(new ServingEvent.Started(), (0, 0));
        Run(1 + (3 * replicas));
        _owed = jobs;
        Run(jobs * 3);
    }

    public int Events { get; private set; }

    public int Waiting => _core.QueueLength;

    /// <summary>900 waiting, 8 replicas, 8 shapes, three tiers with longest waits and ageing, windows, retries.</summary>
    public static SteadyServing Small(bool journal = false) => new(
        new ServingOptions
        {
            Model = new(Model),
            QueueLimit = 1000,
            Batching = new BatchingOptions { Kind = BatchingKind.Window, MaxBatch = 4 },
            Tiers = Tiers(Duration.FromSeconds(60)),
            Ageing = Duration.FromSeconds(30),
            Recovery = new() { Retries = 3, Backoff = Duration.FromSeconds(1) },
        },
        replicas: 8,
        jobs: 932,
        shapes: 8,
        tenants: 20,
        journal);

    /// <summary>10,000 waiting, 64 replicas, 64 shapes, three tiers, fair share among 1,000 tenants.</summary>
    public static SteadyServing Large(bool journal = false) => new(
        new ServingOptions
        {
            Model = new(Model),
            QueueLimit = 20_000,
            Batching = new BatchingOptions { Kind = BatchingKind.Window, MaxBatch = 4 },
            Tiers = Tiers(null),
            Ageing = Duration.FromSeconds(30),
            Fairness = new FairnessOptions { ByTenant = true },
            Recovery = new() { Retries = 3, Backoff = Duration.FromSeconds(1) },
        },
        replicas: 64,
        jobs: 10_256,
        shapes: 64,
        tenants: 1000,
        journal);

    public void Run(int events)
    {
        for (var end = Events + events; Events < end;)
        {
            if (_owed > 0)
            {
                _owed--;
                Feed(new ServingEvent.Arrived(View(_jobs++)));
                continue;
            }

            _agenda.TryDequeue(out var e, out var due);
            _now = Instant.Max(_now, new Instant(due.At));
            if (e is not ServingEvent.TimerFired timer || _timers.Remove((timer.Purpose, timer.Number)))
            {
                Feed(e!);
            }
        }
    }

    private static TierOptions[] Tiers(Duration? longest) =>
        [.. s_tiers.Select((name, level) => new TierOptions { Name = name, Priority = level, MaxWait = level == 2 ? longest : null })];

    private void Feed(ServingEvent e)
    {
        Events++;
        _journal?.Write(_now, e);
        var decisions = _core.Handle(_now, e);
        for (var i = 0; i < decisions.Count; i++)
        {
            _journal?.Write(_now, decisions[i]);
            Apply(decisions[i]);
        }
    }

    private void Apply(Decision decision)
    {
        switch (decision)
        {
            case Decision.Finish or Decision.Fail or Decision.Reject or Decision.Refuse:
                _owed++;
                break;
            case Decision.Start start:
                var fails = start.Batch.Value % 97 == 96;
                Post(_now + Duration.FromMilliseconds(1000 + (start.Batch.Value % 7 * 50)), fails ? new ServingEvent.BatchFailed(start.Replica, start.Batch, "error", "") : new ServingEvent.BatchDone(start.Replica, start.Batch));
                break;
            case Decision.SetTimer timer:
                _timers.Add((timer.Purpose, timer.Number));
                Post(timer.At, new ServingEvent.TimerFired(timer.Purpose, timer.Number));
                break;
            case Decision.CancelTimer timer:
                _timers.Remove((timer.Purpose, timer.Number));
                break;
            case Decision.Provision provision:
                Post(_now, new ServingEvent.ReplicaProvisioned(provision.Replica));
                Post(_now, new ServingEvent.ReplicaReady(provision.Replica));
                break;
            case Decision.Load load:
                Post(_now, new ServingEvent.ModelLoaded(load.Replica, load.Model));
                break;
        }
    }

    private void Post(Instant at, ServingEvent e) => _agenda.Enqueue(e, (at.Nanoseconds, _sequence++));

    private JobView View(int number)
    {
        // Knuth's multiplicative hash: every shape, tier and tenant in any order, and the same each time.
        var hash = unchecked((uint)number * 2654435761u) >> 8;
        return new JobView
        {
            Id = new(number),
            Received = _now,
            Model = new(Model),
            Width = 160,
            Height = 96,
            Frames = 9 + (4 * (int)(hash % (uint)_shapes)),
            Steps = 8,
            Tier = s_tiers[hash / 64 % 3],
            Tenant = _tenants[hash / 192 % (uint)_tenants.Length],
        };
    }
}
