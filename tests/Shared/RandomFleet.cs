using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Fleet;
using LoadLab.Serving;
using LoadLab.Serving.Admission;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Caching;
using LoadLab.Serving.Loading;
using LoadLab.Serving.Pipelining;
using LoadLab.Serving.Placement;
using LoadLab.Serving.Preemption;
using LoadLab.Serving.Priority;
using LoadLab.Serving.Profiles;
using LoadLab.Serving.Recovery;
using LoadLab.Serving.Safety;
using LoadLab.Workload;

namespace LoadLab.Testing;

/// <summary>A schedule, a server with all rules on and a fleet that breaks, all drawn from one number.</summary>
internal sealed class RandomFleet
{
    private const string Big = "wan2.2-ti2v-5b-big";
    private const string Light = "wan2.2-ti2v-5b-light";
    private readonly RandomStream _draw;

    /// <param name="seed">Of everything.</param>
    /// <param name="calls">In the schedule.</param>
    /// <param name="machines">Whether replicas are of two kinds, stand on nodes and get their jobs from a broker, as a stream of its own draws.</param>
    public RandomFleet(ulong seed, int calls = 200, bool machines = false)
    {
        Seed = new Seed(seed);
        _draw = Seed.Stream("random-fleet");
        Profile = ProfileOf();
        Schedule = ScheduleOf(calls);
        Serving = ServingOf();
        Autoscaler = Serving.Pipeline.On || Chance(0.5)
            ? new AutoscalerOptions { Replicas = 3 + Int(4) }
            : new AutoscalerOptions { Kind = AutoscalerKind.ArticleRule, Min = 1 + Int(2), Max = 3 + Int(5), Pending = Int(4), Interval = Seconds(5 + Int(20)), Cooldown = Seconds(Int(30)) };
        Fleet = new FleetOptions
        {
            ProvisionDelay = Seconds(Int(20)),
            BootDelay = Seconds(Int(5)),
            StartBefore = Seconds(Int(3) * 20),
            MemoryBytes = Chance(0.5) ? 1000 + (100 * (1 + Int(4))) : null,
            Faults = new FaultOptions
            {
                MeanTimeToFailure = Chance(0.6) ? Seconds(60 + Int(600)) : null,
                Repair = Seconds(Int(60)),
                FailedBatches = Chance(0.6) ? 0.2 * _draw.NextDouble() : 0,
                PoisonShare = Chance(0.4) ? 0.05 : 0,
                WhileBusy = Chance(0.4),
                Then = Chance(0.5) ? AfterFault.Repair : AfterFault.Replace,
                Work = Chance(0.5) ? WorkAfterRepair.Restart : WorkAfterRepair.Resume,
            },
            Spot = SpotOf(),
        };
        Serving = Serving with { Preemption = new PreemptionOptions { On = Chance(0.6) && Serving is { Ageing: null, Pipeline.On: false }, Most = Chance(0.5) ? null : 1 + Int(3) } };
        if (machines)
        {
            var draw = Seed.Stream("random-machines");
            Profile = Profile with { Services = [.. Profile.Services, .. Profile.Services.Select(entry => entry with { Gpus = 4, Whole = entry.Whole with { MeanS = entry.Whole.MeanS / 3 } })] };
            Fleet = OnMachines(Fleet, draw);
        }
    }

    public Seed Seed { get; }

    public Schedule Schedule { get; }

    public ServiceProfile Profile { get; }

    public ServingOptions Serving { get; }

    public AutoscalerOptions Autoscaler { get; }

    public FleetOptions Fleet { get; }

    public SimulationResult Run(Stream? journal = null) => FleetSimulation.Run(Schedule, Profile, Fleet, Serving, Autoscaler, Seed, new SimulationOptions { Journal = journal });

    /// <summary>A pipeline runs on replicas of one kind. The provider has room for one replica of each kind at least, and often not for all.</summary>
    private FleetOptions OnMachines(FleetOptions fleet, RandomStream draw)
    {
        bool Chance(double share) => draw.NextDouble() < share;
        var one = new KindOptions { Kind = new ReplicaKind("one"), Gpu = "any", Gpus = 1, MemoryBytes = fleet.MemoryBytes, Replicas = 2 + draw.NextInt(3) };
        var four = new KindOptions { Kind = new ReplicaKind("four"), Gpu = "any", Gpus = 4, MemoryBytes = fleet.MemoryBytes, Replicas = 1 + draw.NextInt(3), Scaled = Chance(0.5) };
        var nodes = new NodeOptions
        {
            Gpu = "any",
            Gpus = Chance(0.5) ? 4 : 8,
            Most = 4 + draw.NextInt(3),
            ProvisionDelay = Seconds(draw.NextInt(30)),
            BootDelay = Seconds(draw.NextInt(10)),
            ImagePull = Seconds(draw.NextInt(20)),
            Warm = draw.NextInt(2),
            KeepEmpty = Seconds(draw.NextInt(60)),
        };
        var stands = Chance(0.7);
        return fleet with
        {
            Kind = null,
            MemoryBytes = null,
            Kinds = Serving.Pipeline.On ? [one] : [one, four],
            Nodes = stands ? [nodes] : [],
            Spot = stands ? fleet.Spot with { MeanTimeToReclaim = null } : fleet.Spot,
            Broker = Chance(0.5) ? new BrokerOptions { VisibilityTimeout = Seconds(4 + draw.NextInt(20)), MaxDeliveries = 1 + draw.NextInt(4), Heartbeat = Chance(0.4) ? Seconds(2) : null } : null,
        };
    }

    private static ServiceEntry Entry(string model, int frames, int batch, double seconds) => new()
    {
        Model = model,
        Width = 160,
        Height = 96,
        Frames = frames,
        Steps = 8,
        Batch = batch,
        Whole = new SampledTime { MeanS = seconds, Ratios = [0.7, 0.9, 1, 1.1, 1.3] },
        Text = new SampledTime { MeanS = seconds * 0.1 },
        Denoise = new SampledTime { MeanS = seconds * 0.7 },
        Decode = new SampledTime { MeanS = seconds * 0.2 },
    };

    private static Duration Seconds(double seconds) => Duration.FromSeconds(seconds);

    private static ServiceProfile ProfileOf() => new()
    {
        Name = "random",
        Device = "nobody's",
        Evidence = "published",
        Services = [Entry(Big, 9, 1, 4), Entry(Big, 17, 1, 9), Entry(Big, 9, 2, 7), Entry(Light, 9, 1, 1), Entry(Light, 17, 1, 2)],
        Memory = new MemoryLaw { FixedBytes = 1000, BytesPerPixel = 100.0 / (160 * 96 * 17), Error = 0, Count = 1 },
        ColdStart = new SampledTime { MeanS = 6, Ratios = [0.5, 1.5] },
        FirstCallPenaltyS = 0.4,
    };

    private bool Chance(double share) => _draw.NextDouble() < share;

    private int Int(int count) => _draw.NextInt(count);

    private Schedule ScheduleOf(int count)
    {
        var (at, rate) = (0.0, 0.2 + (1.5 * _draw.NextDouble()));
        var calls = new ScheduledCall[count];
        for (var i = 0; i < count; i++)
        {
            at += Chance(0.2) ? 0 : _draw.NextExponential() / rate;
            calls[i] = new ScheduledCall
            {
                Index = i,
                Intended = Instant.FromSeconds(at),
                Tenant = $"t{Int(5)}",
                Tier = Int(10) switch { < 5 => "free", < 8 => "vip", 8 => "emergency", _ => "" },
                Model = Chance(0.8) ? Big : Light,
                Width = 160,
                Height = 96,
                Frames = Chance(0.7) ? 9 : 17,
                Steps = 8,
                Quality = Chance(0.2) ? "preview" : "",
                Deadline = Chance(0.2) ? Seconds(5 + Int(60)) : null,
                Patience = Chance(0.3) ? Seconds(40 * _draw.NextExponential()) : null,
                PromptHash = $"{Int(60):x16}",
            };
        }

        return new Schedule(Seconds(at + 60), calls, [.. calls.Select(_ => "")]);
    }

    /// <summary>A pipeline serves one model: neither a lighter one nor another group stands beside it.</summary>
    private ServingOptions ServingOf()
    {
        var pipeline = Chance(0.2) ? new PipelineOptions { Text = 1, Denoise = 2 + Int(3), Decode = 1 } : new PipelineOptions();
        return new ServingOptions
        {
            Model = new ModelId(Big),
            Preload = Chance(0.7),
            QueueLimit = Chance(0.3) ? Int(10) : 1000,
            Loading = new LoadingOptions { PingEvery = Chance(0.4) ? Seconds(3 + Int(30)) : null, UnloadAfter = Chance(0.3) ? Seconds(20 + Int(100)) : null },
            Batching = BatchingOf(),
            Tiers =
            [
                new TierOptions { Name = "emergency", Priority = 0, Emergency = true },
                new TierOptions { Name = "vip", Priority = 0, MaxWait = Chance(0.5) ? Seconds(5 + Int(20)) : null, Replicas = pipeline.On ? 0 : Int(2) },
                new TierOptions { Name = "free", Priority = 1, MaxWait = Chance(0.7) ? Seconds(5 + Int(60)) : null, DailyQuota = Chance(0.3) ? 5 + Int(30) : null, Concurrent = Chance(0.3) ? 1 + Int(5) : null },
            ],
            Ageing = Chance(0.5) ? Seconds(10 + Int(60)) : null,
            Fairness = new FairnessOptions { ByTenant = Chance(0.5), Weights = new SortedDictionary<string, double>(StringComparer.Ordinal) { ["t1"] = 3 } },
            Admission = new AdmissionOptions { EarlyRefusal = Chance(0.4), Concurrent = Chance(0.2) ? 3 + Int(20) : null },
            Recovery = new RecoveryOptions
            {
                Retries = Int(4),
                Backoff = Seconds(1),
                MaxBackoff = Seconds(8),
                BreakerFailures = Chance(0.3) ? 2 + Int(3) : 0,
                BreakerOpen = Seconds(10),
                ReplicaFailures = Chance(0.3) ? 2 : 0,
                FallbackModel = Chance(0.4) && !pipeline.On ? new ModelId(Light) : new ModelId(""),
                FallbackQueue = Int(10),
            },
            Placement = new PlacementOptions { Kind = (PlacementKind)Int(4), SwapAfter = Seconds(Int(30)) },
            TextCache = new TextCacheOptions { Bytes = Chance(0.5) ? 100 * Int(40) : 0, EntryBytes = 100 },
            Safety = new SafetyOptions { Before = Check(), After = Check() },
            Pipeline = pipeline,
            Groups = Chance(0.3) && !pipeline.On ? [new ReplicaGroup { Kind = new ReplicaKind("small"), Models = [new ModelId(Light)], Replicas = 1 }] : [],
        };
    }

    private SpotOptions SpotOf() => Chance(0.5) ? new SpotOptions() : new SpotOptions
    {
        MeanTimeToReclaim = Seconds(60 + Int(300)),
        Notice = Chance(0.5) ? Seconds(3 + Int(30)) : Duration.Zero,
        Replacement = Seconds(Int(30)),
        Checkpoint = new CheckpointOptions { Every = Int(4), Takes = Seconds(_draw.NextDouble()), OnNotice = Chance(0.5) },
    };

    private BatchingOptions BatchingOf() => Int(3) switch
    {
        0 => new BatchingOptions(),
        1 => new BatchingOptions { Kind = BatchingKind.Window, Window = Seconds(3 * _draw.NextDouble()), MaxBatch = 2 + Int(3), Memory = Chance(0.5) ? new BatchMemory { PerVideoBytes = 100 } : null },
        _ => new BatchingOptions { Kind = BatchingKind.Triton, MaxBatch = 4, Delay = Seconds(2 * _draw.NextDouble()), Preferred = Chance(0.5) ? [2] : [], MaxQueue = Chance(0.3) ? 20 : 0, QueueTimeout = Chance(0.3) ? Seconds(20) : null, TimeoutDelays = Chance(0.5) },
    };

    private SafetyCheck? Check() => Chance(0.5) ? new SafetyCheck { Takes = Seconds(1.2 * _draw.NextDouble()), RefusedShare = 0.1, TimeoutAllows = Chance(0.5) } : null;
}
