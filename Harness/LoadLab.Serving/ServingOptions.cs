using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Serving.Admission;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Caching;
using LoadLab.Serving.Loading;
using LoadLab.Serving.Pipelining;
using LoadLab.Serving.Placement;
using LoadLab.Serving.Preemption;
using LoadLab.Serving.Priority;
using LoadLab.Serving.Recovery;
using LoadLab.Serving.Safety;

namespace LoadLab.Serving;

/// <summary>How a server queues and runs its jobs; the scenario's key <c>serving</c>. Each rule has its own record.</summary>
public sealed record ServingOptions
{
    /// <summary>The model that replicas load when <see cref="Preload"/> is set; from <c>target.model</c>.</summary>
    public ModelId Model { get; set; } = new("");

    /// <summary>The kind of replica to provision.</summary>
    public ReplicaKind Kind { get; set; } = new("local");

    /// <summary>Whether a replica loads the model as soon as it is ready rather than for its first job.</summary>
    /// <value>true.</value>
    public bool Preload { get; set; } = true;

    /// <summary>Jobs that may wait; one more is refused with 429.</summary>
    /// <value>1000.</value>
    public int QueueLimit { get; set; } = 1000;

    /// <summary>The time of day, for quotas and night hours; the scenario's key <c>calendar</c>.</summary>
    public Calendar Calendar { get; set; } = Calendar.Default;

    public LoadingOptions Loading { get; set; } = new();

    public BatchingOptions Batching { get; set; } = new();

    /// <summary>In the scenario's order; empty = one tier for all.</summary>
    public IReadOnlyList<TierOptions> Tiers { get; set; } = [];

    /// <summary>Each level of priority counts as much as this time of waiting, so that nothing starves; null = strict priority.</summary>
    public Duration? Ageing { get; set; }

    /// <summary>Whether better tiers take replicas from lower ones.</summary>
    public PreemptionOptions Preemption { get; set; } = new();

    public FairnessOptions Fairness { get; set; } = new();

    public AdmissionOptions Admission { get; set; } = new();

    public RecoveryOptions Recovery { get; set; } = new();

    public PlacementOptions Placement { get; set; } = new();

    public TextCacheOptions TextCache { get; set; } = new();

    public SafetyOptions Safety { get; set; } = new();

    public PipelineOptions Pipeline { get; set; } = new();

    /// <summary>Groups besides those that tiers own and the pipeline makes, for example a second kind of node with a model of its own; what the target says.</summary>
    public IReadOnlyList<ReplicaGroup> Groups { get; set; } = [];

    /// <summary>Binds <c>serving</c>; takes the day from <c>calendar</c> and the model's name from <c>target.model</c>. Problems are added to the section's list.</summary>
    public static ServingOptions Bind(Section root)
    {
        // The workload's binder tells the calendar's problems.
        var options = new ServingOptions { Calendar = Calendar.Bind(Section.Open(root.Node, "", new Problems())!) };
        if (root.Find("target") is MappingNode target && target.Find("model") is ScalarNode model)
        {
            options = options with { Model = new ModelId(model.Text) };
        }

        if (root.Child("serving") is not { } serving)
        {
            return options;
        }

        var (loading, preload) = LoadingOptions.Bind(serving);
        options = options with
        {
            Loading = loading,
            Preload = preload ?? serving.Flag("preload", options.Preload),
            QueueLimit = serving.Integer("queueLimit", options.QueueLimit, 0, 10_000_000),
            Batching = BatchingOptions.Bind(serving),
            Tiers = TierOptions.BindAll(serving),
            Ageing = serving.Value("ageing", Quantity.Time, step => step > Duration.Zero, "a duration above 0", "30s"),
            Fairness = FairnessOptions.Bind(serving),
            Admission = AdmissionOptions.Bind(serving),
            Recovery = RecoveryOptions.Bind(serving),
            Placement = PlacementOptions.Bind(serving),
            TextCache = TextCacheOptions.Bind(serving),
            Safety = SafetyOptions.Bind(serving),
            Pipeline = PipelineOptions.Bind(serving),
        };
        options = options with { Preemption = PreemptionOptions.Bind(serving, options.Tiers) };
        serving.Close();
        CheckReplicas(root, serving, options);
        return options;
    }

    /// <summary>Replicas that tiers own come out of a fixed fleet, and a pipeline is a fleet of its own.</summary>
    private static void CheckReplicas(Section root, Section serving, ServingOptions options)
    {
        var scaling = AutoscalerOptions.Bind(Section.Open(root.Node, "", new Problems())!);
        var owned = options.Tiers.Sum(tier => tier.Replicas);
        if (options.Pipeline.On && (scaling.Kind != AutoscalerKind.Fixed || owned > 0))
        {
            serving.Problems.Add(serving.Find("pipeline")!, serving.PathOf("pipeline"), null, "has its own numbers of replicas", "leave out the autoscaler and the tiers' replicas, or the pipeline");
        }
        else if (scaling.Kind == AutoscalerKind.Fixed && owned > 0 && owned >= scaling.Replicas)
        {
            serving.Problems.Add(serving.Find("tiers")!, serving.PathOf("tiers"), $"{owned}", $"replicas are owned by tiers, of {scaling.Replicas} in all", "own fewer, or write more under target.replicas, so that one is left for the others");
        }
    }
}
