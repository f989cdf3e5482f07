using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Fleet;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Priority;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Benchmarks;

/// <summary>What the simulator is timed on: a load, a fleet and its rules.</summary>
internal sealed record SimulatorScene
{
    private const string Model = "bench";

    /// <summary>Scenario fields name, seed and workload, as a scenario file has them.</summary>
    public required string Workload { get; init; }

    public required ServingOptions Serving { get; init; }

    public required AutoscalerOptions Autoscaler { get; init; }

    /// <summary>Mean seconds of batches of 1 to 4.</summary>
    public required double[] Seconds { get; init; }

    /// <summary>Whether the profile tells text, denoise and decode apart.</summary>
    public bool Stages { get; init; }

    /// <summary>Whether times are exponential, as theory's.</summary>
    public bool Exponential { get; init; }

    /// <summary>Three tiers with ageing and a longest wait, windows of 200 ms for batches of up to 4, the article's rule from 32 to 64 replicas; 0.8 of what 64 can do.</summary>
    public static SimulatorScene Rules(int calls) => new()
    {
        Workload = Of("rules", calls, 80, "[ { tier: vip }, { tier: paid, weight: 3 }, { tier: free, weight: 6 } ]"),
        Seconds = [1, 1.4, 1.8, 2.2],
        Stages = true,
        Autoscaler = new AutoscalerOptions { Kind = AutoscalerKind.ArticleRule, Min = 32, Max = 64 },
        Serving = new ServingOptions
        {
            Model = new ModelId(Model),
            QueueLimit = 1000,
            Batching = new BatchingOptions { Kind = BatchingKind.Window, MaxBatch = 4 },
            Tiers =
            [
                new TierOptions { Name = "vip", Priority = 0 },
                new TierOptions { Name = "paid", Priority = 1 },
                new TierOptions { Name = "free", Priority = 2, MaxWait = Duration.FromSeconds(60) },
            ],
            Ageing = Duration.FromSeconds(30),
        },
    };

    /// <summary>M/M/8 at 6.4 calls a second of 1 s each.</summary>
    public static SimulatorScene Markov(int calls) => new()
    {
        Workload = Of("m-m-8", calls, 6.4, "[ {} ]"),
        Seconds = [1],
        Exponential = true,
        Autoscaler = new AutoscalerOptions { Replicas = 8 },
        Serving = new ServingOptions { Model = new ModelId(Model), Preload = true, QueueLimit = 1_000_000 },
    };

    /// <summary>The same rules and fleet over a day of calls that take 45 s alone; 100,000 of them are 0.81 of what 64 replicas can do without batches.</summary>
    public static SimulatorScene Day(int calls) => Rules(calls) with { Workload = Of("day", calls, calls / 86400.0, "[ { tier: vip }, { tier: paid, weight: 3 }, { tier: free, weight: 6 } ]"), Seconds = [45, 85, 125, 165] };

    public Schedule Schedule()
    {
        var problems = new Problems();
        var root = ScenarioFile.Parse(Workload, "bench.yaml", problems)!;
        var options = WorkloadOptions.Bind(root);
        problems.ThrowIfAny();
        return Scheduler.Build(options, new TargetDefaults(Model, 832, 480, 81, 40));
    }

    public SimulationResult Run(Schedule schedule, bool keep = false) => FleetSimulation.Run(
        schedule, Profile(), new FleetOptions { Kind = new ReplicaKind("bench") }, Serving, Autoscaler, new Seed(1), new SimulationOptions { KeepCalls = keep, Times = Exponential ? (_, _, draws) => draws.NextExponential() : null });

    private static string Of(string name, int calls, double rate, string jobs) => FormattableString.Invariant(
        $"{{ name: {name}, seed: 1, workload: {{ duration: {calls / rate:0.###}s, arrivals: [ {{ constant: {{ rate: {rate:0.######}/s }} }} ], jobs: {jobs} }} }}");

    private ServiceProfile Profile() => new()
    {
        Name = "bench",
        Device = "none",
        Evidence = "published",
        ColdStart = new SampledTime { MeanS = 10 },
        Services =
        [
            .. Seconds.Select((seconds, i) => new ServiceEntry
            {
                Model = Model,
                Width = 832,
                Height = 480,
                Frames = 81,
                Steps = 40,
                Batch = i + 1,
                Whole = new SampledTime { MeanS = seconds, Ratios = [0.9, 0.95, 1, 1.05, 1.1] },
                Text = Stages ? new SampledTime { MeanS = seconds * 0.05 } : null,
                Denoise = Stages ? new SampledTime { MeanS = seconds * 0.8 } : null,
                Decode = Stages ? new SampledTime { MeanS = seconds * 0.15 } : null,
            }),
        ],
    };
}
