using LoadLab.Core.Input;
using LoadLab.Serving;
using LoadLab.Serving.Placement;

namespace LoadLab.Fleet;

/// <summary>Replicas that are alike; an item of <c>fleet.kinds</c>. Its times are the profile's for that many GPUs of that kind.</summary>
public sealed record KindOptions
{
    /// <summary>Its name, as prices know it.</summary>
    public required ReplicaKind Kind { get; init; }

    /// <summary>Kind of GPU, as the profile names it; empty = the profile's only one.</summary>
    public string Gpu { get; init; } = "";

    /// <summary>GPUs that one replica is, all of one node.</summary>
    public int Gpus { get; init; } = 1;

    /// <summary>Memory of one GPU; the profile's memory law tells the peak of each GPU of a replica. Null = memory limits nothing.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Models that it serves, one at a time, the one to preload first; empty = any.</summary>
    public IReadOnlyList<ModelId> Models { get; init; } = [];

    /// <summary>How many; of the scaled kind the autoscaler decides, unless it keeps a fixed number.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Whether the autoscaler moves this kind; of none that says so, the first.</summary>
    public bool Scaled { get; init; }

    internal bool Holds(string model) => Models.Count == 0 || Models.Contains(new ModelId(model));

    internal ReplicaGroup Group(bool scaled) => new() { Kind = Kind, Models = Models, Replicas = Replicas, Scaled = scaled };

    internal static KindOptions? Bind(Node node, string path, Problems problems)
    {
        if (Section.Open(node, path, problems) is not { } section)
        {
            return null;
        }

        var options = new KindOptions
        {
            Kind = new ReplicaKind(section.RequiredText("kind")),
            Gpu = section.Text("gpu", ""),
            Gpus = section.Integer("gpus", 1, 1, 1_000),
            MemoryBytes = section.Value("memory", Quantity.Bytes, bytes => bytes is > 0 and <= 1L << 50, "a number of bytes above 0", "80GB"),
            Models = [.. section.Items("models").Select(item => ModelOf(item.Node, item.Path, problems)).OfType<ModelId>()],
            Replicas = section.Integer("replicas", 1, 1, 10_000),
            Scaled = section.Flag("scaled", false),
        };
        section.Close();
        return options;
    }

    private static ModelId? ModelOf(Node node, string path, Problems problems)
    {
        if (node is ScalarNode { Text.Length: > 0 } model)
        {
            return new ModelId(model.Text);
        }

        problems.Add(node, path, null, "is not a model's name", "write for example wan2.2-t2v-a14b");
        return null;
    }
}
