using LoadLab.Core;
using LoadLab.Serving.Admission;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Loading;
using LoadLab.Serving.Pipelining;
using LoadLab.Serving.Placement;
using LoadLab.Serving.Preemption;
using LoadLab.Serving.Priority;
using LoadLab.Serving.Recovery;
using LoadLab.Serving.Safety;

namespace LoadLab.Serving.Tests.Laws;

/// <summary>What a random story may have in it. A story that fails is told again with fewer of these, until each one left is needed.</summary>
[Flags]
internal enum Rules
{
    None = 0,
    Tiers = 1 << 0,
    Ageing = 1 << 1,
    OwnReplicas = 1 << 2,
    Night = 1 << 3,
    MaxWait = 1 << 4,
    Emergency = 1 << 5,
    Quotas = 1 << 6,
    FairShare = 1 << 7,
    Window = 1 << 8,
    Triton = 1 << 9,
    Memory = 1 << 10,
    Retries = 1 << 11,
    Breaker = 1 << 12,
    Replacement = 1 << 13,
    Fallback = 1 << 14,
    Lazy = 1 << 15,
    Idle = 1 << 16,
    Safety = 1 << 17,
    Pipeline = 1 << 18,
    Models = 1 << 19,
    Groups = 1 << 20,
    EarlyRefusal = 1 << 21,
    Scaling = 1 << 22,
    Faults = 1 << 23,
    Cancels = 1 << 24,
    LateTimers = 1 << 25,
    EarlyStop = 1 << 26,
    Preemption = 1 << 27,
    Spot = 1 << 28,
    Repairs = 1 << 29,
    All = (1 << 30) - 1,
}

/// <summary>One random story, whole: the same plan is the same story. Each rule's numbers come from a stream of their own, so that leaving one out changes no other.</summary>
internal sealed record StoryPlan(int Number, Rules Rules, int Jobs)
{
    public const string Main = "a";
    public const string Second = "b";
    public const string Lighter = "light";

    /// <summary>No replica can load it.</summary>
    public const string Unloadable = "broken";

    public static readonly ReplicaKind Other = new("other");

    public Seed Seed => new Seed(2026).Derive(Number);

    /// <summary>Whether it has all of these.</summary>
    public bool Has(Rules rules) => (Rules & rules) == rules;

    /// <summary>Simpler plans: fewer jobs, one rule less.</summary>
    public IEnumerable<StoryPlan> Simpler()
    {
        for (var jobs = Jobs / 2; jobs > 0 && jobs < Jobs; jobs += Math.Max(1, (Jobs - jobs) / 2))
        {
            yield return this with { Jobs = jobs };
        }

        foreach (var rule in Enum.GetValues<Rules>())
        {
            if (rule is not (Rules.None or Rules.All) && Has(rule))
            {
                yield return this with { Rules = Rules & ~rule };
            }
        }
    }

    public JournalHeader Header() => new()
    {
        Serving = Serving(),
        Autoscaler = Has(Rules.Scaling) && !Has(Rules.Pipeline)
            ? new() { Kind = AutoscalerKind.ArticleRule, Min = 1, Max = 1 + Draw("max").NextInt(5), Pending = 1, Interval = Duration.FromSeconds(3), Cooldown = Duration.FromSeconds(Draw("cooldown").NextInt(10)) }
            : new() { Replicas = 3 + Draw("replicas").NextInt(3) },
        Seed = Seed.Value,
        EpochNs = 0,
    };

    public RandomStream Draw(string what) => Seed.Stream(what);

    private ServingOptions Serving()
    {
        var random = Draw("serving");
        return new ServingOptions
        {
            Model = new(Main),
            Preload = !Has(Rules.Lazy),
            QueueLimit = random.NextInt(3) == 0 ? random.NextInt(4) : 5 + random.NextInt(30),
            Calendar = Calendar.Default with { Compress = 1440 },
            Loading = Has(Rules.Idle) ? new LoadingOptions { PingEvery = Duration.FromSeconds(2 + random.NextInt(4)), UnloadAfter = random.NextInt(2) == 0 ? null : Duration.FromSeconds(8) } : new(),
            Batching = Batching(),
            Tiers = Has(Rules.Tiers) ? [.. Tiers()] : [],
            Ageing = Has(Rules.Ageing) ? Duration.FromSeconds(1 + random.NextInt(8)) : null,
            Preemption = Has(Rules.Preemption | Rules.Tiers) && !Has(Rules.Ageing) && !Has(Rules.Pipeline) ? Preemption() : new(),
            Fairness = new FairnessOptions { ByTenant = Has(Rules.FairShare), Weights = new SortedDictionary<string, double> { ["t0"] = 3 } },
            Admission = Admission(),
            Recovery = Recovery(),
            Placement = new PlacementOptions { Kind = (PlacementKind)Draw("placement").NextInt(4), SwapAfter = Duration.FromSeconds(3) },
            Safety = Has(Rules.Safety) ? Safety() : new(),
            Pipeline = Has(Rules.Pipeline) ? new PipelineOptions { Text = 1, Denoise = 1 + Draw("pipeline").NextInt(2), Decode = 1 } : new(),
            Groups = Groups(),
        };
    }

    private PreemptionOptions Preemption()
    {
        var random = Draw("preemption");
        return new PreemptionOptions { On = true, By = random.NextInt(2) == 0 ? [] : ["vip", "emergency"], Most = random.NextInt(2) == 0 ? null : 1 + random.NextInt(3) };
    }

    private BatchingOptions Batching()
    {
        var random = Draw("batching");
        var options = new BatchingOptions { MaxBatch = 2 + random.NextInt(4), Memory = Has(Rules.Memory) ? new BatchMemory { PerVideoBytes = 10, ReserveBytes = 5 } : null };
        return Has(Rules.Triton)
            ? options with
            {
                Kind = BatchingKind.Triton,
                Delay = Duration.FromMilliseconds(500 * random.NextInt(4)),
                Preferred = random.NextInt(2) == 0 ? [2] : [],
                MaxQueue = random.NextInt(2) * 6,
                QueueTimeout = random.NextInt(2) == 0 ? Duration.FromSeconds(4) : null,
                TimeoutDelays = random.NextInt(2) == 0,
            }
            : Has(Rules.Window) ? options with { Kind = BatchingKind.Window, Window = Duration.FromMilliseconds(250 * random.NextInt(5)) }
            : new BatchingOptions();
    }

    private IEnumerable<TierOptions> Tiers()
    {
        var random = Draw("tiers");
        yield return new TierOptions { Name = "vip", Priority = 0, Replicas = Has(Rules.OwnReplicas) && !Has(Rules.Pipeline) ? 1 : 0, Concurrent = Has(Rules.Quotas) ? 4 : null };
        yield return new TierOptions { Name = "paid", Priority = random.NextInt(2), MaxWait = Has(Rules.MaxWait) ? Duration.FromSeconds(6) : null };
        yield return new TierOptions
        {
            Name = "free",
            Priority = 2 + random.NextInt(2),
            MaxWait = Has(Rules.MaxWait) ? Duration.FromSeconds(2 + random.NextInt(4)) : null,
            DailyQuota = Has(Rules.Quotas) ? 3 + random.NextInt(10) : null,
            Night = Has(Rules.Night) ? new NightHours { FromSecond = 12 * 3600, ToSecond = 4 * 3600, DayReplicas = random.NextInt(3) } : null,
        };
        if (Has(Rules.Emergency))
        {
            yield return new TierOptions { Name = "emergency", Emergency = true };
        }
    }

    private AdmissionOptions Admission() => new()
    {
        EarlyRefusal = Has(Rules.EarlyRefusal),
        Daily = Has(Rules.Quotas) ? 12 : null,
        Concurrent = Has(Rules.Quotas) ? 5 : null,
        Tenants = Has(Rules.Quotas) ? new SortedDictionary<string, TenantQuota> { ["t1"] = new(6, 2) } : [],
    };

    private RecoveryOptions Recovery()
    {
        var random = Draw("recovery");
        return new RecoveryOptions
        {
            Retries = Has(Rules.Retries) ? 1 + random.NextInt(3) : 0,
            Backoff = Duration.FromMilliseconds(500 + (500 * random.NextInt(6))),
            MaxBackoff = Duration.FromSeconds(5),
            BreakerFailures = Has(Rules.Breaker) ? 1 + random.NextInt(3) : 0,
            BreakerOpen = Duration.FromSeconds(1 + random.NextInt(5)),
            ReplicaFailures = Has(Rules.Replacement) ? 1 + random.NextInt(3) : 0,
            FallbackModel = new(Has(Rules.Fallback) ? Lighter : ""),
            FallbackQueue = Has(Rules.Fallback) ? 1 + random.NextInt(5) : null,
            FallbackWait = Has(Rules.Fallback) && random.NextInt(2) == 0 ? Duration.FromSeconds(2) : null,
        };
    }

    private SafetyOptions Safety()
    {
        var random = Draw("safety");
        var which = random.NextInt(3);
        return new SafetyOptions
        {
            Before = which != 1 ? new SafetyCheck { Limit = Duration.FromSeconds(1), TimeoutAllows = random.NextInt(2) == 0 } : null,
            After = which != 0 ? new SafetyCheck { Limit = Duration.FromSeconds(2), TimeoutAllows = random.NextInt(2) == 0 } : null,
        };
    }

    private List<ReplicaGroup> Groups() => Has(Rules.Groups) && !Has(Rules.Pipeline)
        ?
        [
            new ReplicaGroup { Kind = new("local"), Models = [new(Main)], Scaled = true },
            new ReplicaGroup { Kind = Other, Models = Draw("groups").NextInt(2) == 0 ? [new(Second)] : [new(Second), new(Main)], Replicas = 1 + Draw("others").NextInt(2) },
        ]
        : [];
}
