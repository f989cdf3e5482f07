using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet;

/// <summary>The machines that a simulation puts in place of the target; the scenario's key <c>fleet</c>, optional.</summary>
public sealed record FleetOptions
{
    /// <summary>Name of the node kind, as prices know it.</summary>
    public ReplicaKind? Kind { get; init; }

    /// <summary>Replicas of a fixed fleet; null = what the autoscaler section or the target says.</summary>
    public int? Replicas { get; init; }

    /// <summary>From ordering a node until it exists and costs money.</summary>
    public Duration ProvisionDelay { get; init; }

    /// <summary>From existing until it can load a model.</summary>
    public Duration BootDelay { get; init; }

    /// <summary>How long before the run's instant zero the fleet starts, so that it can be warm when the load begins.</summary>
    public Duration StartBefore { get; init; }

    /// <summary>Jobs to be served as if they were of another shape or model; nothing is substituted that is not named here.</summary>
    public IReadOnlyList<ShapeStandIn> StandIns { get; init; } = [];

    /// <summary>Memory of one replica; by the profile's memory law a batch that needs more fails. Null = memory limits nothing.</summary>
    public long? MemoryBytes { get; init; }

    public FaultOptions Faults { get; init; } = new();

    /// <summary>Kinds of replica, one at least when the fleet has several or stands on nodes; empty = <see cref="Kind"/> alone, with the times of the whole profile.</summary>
    public IReadOnlyList<KindOptions> Kinds { get; init; } = [];

    /// <summary>The nodes that kinds share, one item for each kind of GPU; a kind whose GPU has none brings a machine of its own for each replica.</summary>
    public IReadOnlyList<NodeOptions> Nodes { get; init; } = [];

    /// <summary>Delivers jobs at least once; null = the core hears of every loss at once.</summary>
    public BrokerOptions? Broker { get; init; }

    /// <summary>The kind that the autoscaler moves; null without kinds.</summary>
    public KindOptions? ScaledKind => Kinds.FirstOrDefault(kind => kind.Scaled) ?? (Kinds.Count > 0 ? Kinds[0] : null);

    /// <summary>GPUs of one replica, by name of its kind; empty when the fleet names no kinds.</summary>
    public IReadOnlyDictionary<string, int> GpusByKind => Kinds.ToDictionary(kind => kind.Kind.Name, kind => kind.Gpus);

    /// <summary>Whether replicas are taken back, and what is kept of their work.</summary>
    public SpotOptions Spot { get; init; } = new();

    /// <summary>Binds <c>fleet</c>. Problems are added to the section's list.</summary>
    public static FleetOptions Bind(Section root)
    {
        var options = new FleetOptions();
        if (root.Child("fleet") is not { } fleet)
        {
            return options;
        }

        options = new FleetOptions
        {
            Kind = fleet.Text("kind") is { Length: > 0 } kind ? new ReplicaKind(kind) : null,
            Replicas = fleet.Has("replicas") ? fleet.Integer("replicas", 1, 1, 10_000) : null,
            ProvisionDelay = fleet.Time("provisionDelay", options.ProvisionDelay),
            BootDelay = fleet.Time("bootDelay", options.BootDelay),
            StartBefore = fleet.Time("startBefore", options.StartBefore),
            MemoryBytes = fleet.Bytes("memory"),
            Faults = FaultOptions.Bind(fleet),
            Kinds = KindsBinder.Kinds(fleet),
            Nodes = KindsBinder.Nodes(fleet),
            Broker = BrokerOptions.Bind(root, fleet),
            Spot = SpotOptions.Bind(fleet),
            StandIns = [.. fleet.Items("serveAs").Select(item => ShapeStandIn.Bind(item.Node, item.Path, fleet.Problems)).OfType<ShapeStandIn>()],
        };
        KindsBinder.Check(root, fleet, options);
        fleet.Close();
        return options;
    }

    /// <summary>What the core is told of the fleet: its groups of replicas, and to retry nothing where a broker delivers again.</summary>
    internal ServingOptions Apply(ServingOptions serving)
    {
        serving = Broker is null ? serving : serving with { Recovery = serving.Recovery with { Retries = 0 } };
        return ScaledKind is { } main ? serving with { Kind = main.Kind, Groups = [.. Kinds.Select(kind => kind.Group(kind == main))] }
            : Kind is { } kind ? serving with { Kind = kind }
            : serving;
    }

    internal AutoscalerOptions Apply(AutoscalerOptions autoscaler) =>
        (ScaledKind?.Replicas ?? Replicas) is { } replicas && autoscaler.Kind == AutoscalerKind.Fixed ? autoscaler with { Replicas = replicas } : autoscaler;
}

/// <summary>Jobs of the left-hand shape (null = of any) take the right-hand one's time.</summary>
public sealed record ShapeStandIn
{
    public string? FromModel { get; init; }

    public (int Width, int Height)? FromSize { get; init; }

    public int? FromFrames { get; init; }

    public int? FromSteps { get; init; }

    public required string Model { get; init; }

    public required Shape Shape { get; init; }

    internal bool Covers(string model, Shape shape) =>
        (FromModel is null || FromModel == model)
        && (FromSize is null || FromSize == (shape.Width, shape.Height))
        && (FromFrames is null || FromFrames == shape.Frames)
        && (FromSteps is null || FromSteps == shape.Steps);

    internal static ShapeStandIn? Bind(Node node, string path, Problems problems)
    {
        if (Section.Open(node, path, problems) is not { } section)
        {
            return null;
        }

        var from = section.Child("from");
        var size = section.Size("size");
        if (size is null && !section.Has("size"))
        {
            section.Missing("size", "832x480");
        }

        var standIn = new ShapeStandIn
        {
            FromModel = from?.Text("model"),
            FromSize = from?.Size("size"),
            FromFrames = from is not null && from.Has("frames") ? from.Integer("frames", 81, 1, 100_000) : null,
            FromSteps = from is not null && from.Has("steps") ? from.Integer("steps", 40, 1, 10_000) : null,
            Model = section.RequiredText("model"),
            Shape = new Shape(size?.Width ?? 1, size?.Height ?? 1, section.Integer("frames", 81, 1, 100_000), section.Integer("steps", 40, 1, 10_000), section.Flag("guided", true)),
        };
        from?.Close();
        section.Close();
        return standIn;
    }
}
