using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Fleet;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Loading;
using LoadLab.Serving.Preemption;
using LoadLab.Serving.Priority;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Planning.Theory;

/// <summary>A queue as theory knows it, played by the fleet simulation on the serving core of the live server.</summary>
public sealed record Station
{
    private const string Model = "theory";

    /// <summary>Calls per second by class; class 0 is served first.</summary>
    public required IReadOnlyList<double> Rates { get; init; }

    public required TrueTime Times { get; init; }

    public int Servers { get; init; } = 1;

    /// <summary>Calls that may wait.</summary>
    public int QueueLimit { get; init; } = 10_000_000;

    public BatchingOptions Batching { get; init; } = new();

    /// <summary>The model is unloaded after idling this long; null = never.</summary>
    public Duration? KeepAlive { get; init; }

    /// <summary>Time of a load, s.</summary>
    public double SetUpS { get; init; }

    /// <summary>Whether a class takes the server from those after it; interrupted work is resumed from the last of its <see cref="Steps"/>.</summary>
    public bool Preempts { get; init; }

    /// <summary>Parts of equal length of one service, between which it can be interrupted.</summary>
    public int Steps { get; init; } = 8;

    public FaultOptions Faults { get; init; } = new();

    public SpotOptions Spot { get; init; } = new();

    /// <summary>Plays <paramref name="calls"/> calls from an empty system until the last has ended.</summary>
    /// <param name="calls">How many arrive.</param>
    /// <param name="seed">Of arrivals and times.</param>
    /// <param name="ended">Hears of each call as it ends.</param>
    /// <param name="keep">Whether the result holds a row of every call.</param>
    public SimulationResult Play(int calls, Seed seed, Action<PlayedCall>? ended = null, bool keep = false)
    {
        var arrivals = new PoissonCalls([.. Rates.Select((_, k) => Kind(k))], Rates, calls, seed.Stream("arrivals"));
        var schedule = new Schedule(arrivals[calls - 1].Intended - Instant.Zero, arrivals, new NoPrompts(calls));
        return FleetSimulation.Run(
            schedule,
            Profile(),
            new FleetOptions { StartBefore = Duration.FromSeconds(1), Faults = Faults, Spot = Spot },
            Serving(),
            new AutoscalerOptions { Replicas = Servers },
            seed,
            new SimulationOptions
            {
                Times = Times,
                KeepCalls = keep,
                Ended = ended is null ? null : call => ended(PlayedCall.Of(call, arrivals.ClassOf(call.Index), arrivals.GapOf(call.Index))),
            });
    }

    private static string TierOf(int k) => FormattableString.Invariant($"class-{k}");

    private ScheduledCall Kind(int k) => new()
    {
        Index = 0,
        Intended = Instant.Zero,
        Model = Model,
        Tier = Rates.Count > 1 ? TierOf(k) : "",
        Width = 160,
        Height = 96,
        Frames = 9,
        Steps = Steps,
    };

    private ServiceProfile Profile() => new()
    {
        Name = Model,
        Device = "none",
        Evidence = "published",
        Services = [new ServiceEntry { Model = Model, Width = 160, Height = 96, Frames = 9, Steps = Steps, Whole = new SampledTime { MeanS = 1 } }],
        ColdStart = SetUpS > 0 ? new SampledTime { MeanS = SetUpS } : null,
    };

    private ServingOptions Serving() => new()
    {
        Model = new ModelId(Model),
        QueueLimit = QueueLimit,
        Batching = Batching,
        Preload = KeepAlive is null,
        Loading = new LoadingOptions { UnloadAfter = KeepAlive },
        Tiers = Rates.Count > 1 ? [.. Rates.Select((_, k) => new TierOptions { Name = TierOf(k), Priority = k })] : [],
        Preemption = new PreemptionOptions { On = Preempts },
    };

    /// <summary>Empty prompts without a list of them.</summary>
    private sealed class NoPrompts(int count) : IReadOnlyList<string>
    {
        public int Count => count;

        public string this[int index] => "";

        public IEnumerator<string> GetEnumerator() => Enumerable.Repeat("", count).GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
