using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Fleet;

/// <summary>
/// The machines of one kind of GPU; an item of <c>fleet.nodes</c>. Replicas of every kind of that GPU share them: each stands on one node, best fit. A node is ordered
/// when none has room and given back when it has been empty for a while.
/// </summary>
public sealed record NodeOptions
{
    /// <summary>Kind of GPU, as kinds of replicas name it.</summary>
    public required string Gpu { get; init; }

    /// <summary>GPUs of one node.</summary>
    public required int Gpus { get; init; }

    /// <summary>Nodes that the provider has; an order of one more waits.</summary>
    public int Most { get; init; } = int.MaxValue;

    /// <summary>From ordering a node until it exists and costs money.</summary>
    public Duration ProvisionDelay { get; init; }

    /// <summary>From existing until it can pull the image.</summary>
    public Duration BootDelay { get; init; }

    /// <summary>Time to pull the image, once for each node; its replicas share it. Zero = nothing is pulled.</summary>
    public Duration ImagePull { get; init; }

    /// <summary>Empty nodes kept booted with the image pulled and no model, beside those in use.</summary>
    public int Warm { get; init; }

    /// <summary>How long a node stays after its last replica has gone.</summary>
    public Duration KeepEmpty { get; init; }

    internal static NodeOptions? Bind(Node node, string path, Problems problems)
    {
        if (Section.Open(node, path, problems) is not { } section)
        {
            return null;
        }

        var options = new NodeOptions
        {
            Gpu = section.RequiredText("gpu"),
            Gpus = section.Integer("gpus", 8, 1, 1_000),
            Most = section.Has("most") ? section.Integer("most", 8, 1, 10_000) : int.MaxValue,
            ProvisionDelay = section.Time("provisionDelay", Duration.Zero),
            BootDelay = section.Time("bootDelay", Duration.Zero),
            ImagePull = Pull(section),
            Warm = section.Integer("warm", 0, 0, 10_000),
            KeepEmpty = section.Time("keepEmpty", Duration.Zero),
        };
        if (options.Warm > options.Most)
        {
            problems.Add(section.Find("warm")!, section.PathOf("warm"), $"{options.Warm}", $"is more than the provider has: {options.Most}", "write a warm of at most most");
        }

        section.Close();
        return options;
    }

    private static Duration Pull(Section node)
    {
        if (node.Child("image") is not { } image)
        {
            return Duration.Zero;
        }

        var size = image.Bytes("size");
        var rate = image.Value("pull", BytesPerSecond, bytes => bytes > 0, "a number of bytes a second", "1GB/s");
        if (!image.Has("size"))
        {
            image.Missing("size", "60GB");
        }

        if (!image.Has("pull"))
        {
            image.Missing("pull", "1GB/s");
        }

        image.Close();
        return size is { } bytes && rate is { } perSecond ? Duration.FromSeconds(Math.Min(3.2e9, (double)bytes / perSecond)) : Duration.Zero;
    }

    private static long? BytesPerSecond(string text) => text.EndsWith("/s", StringComparison.Ordinal) ? Quantity.Bytes(text[..^2]) : null;
}
