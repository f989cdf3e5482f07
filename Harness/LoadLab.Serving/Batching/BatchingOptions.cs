using System.Diagnostics;
using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Serving.Batching;

public enum BatchingKind
{
    /// <summary>One job a batch.</summary>
    None,

    /// <summary>Compatible jobs gather for a window that starts with the oldest of them.</summary>
    Window,

    /// <summary>The dynamic batcher of Triton Inference Server.</summary>
    Triton,
}

/// <summary>How jobs are put together into one forward; the scenario's key <c>serving.batching</c>. Only jobs of one <see cref="BatchKey"/> ever share a batch.</summary>
public sealed record BatchingOptions
{
    /// <summary>Past it no clip model is worth a batch, and a line's first <see cref="MaxBatch"/> + 1 jobs are looked at at every event.</summary>
    private const int MostMaxBatch = 1024;

    private static readonly (string Field, BatchingKind? Only)[] s_fields =
    [
        ("maxBatch", null), ("memoryReserve", null), ("perVideo", null), ("bytesPerPixel", null), ("window", BatchingKind.Window),
        ("delay", BatchingKind.Triton), ("preferred", BatchingKind.Triton), ("maxQueue", BatchingKind.Triton), ("queueTimeout", BatchingKind.Triton), ("onTimeout", BatchingKind.Triton),
    ];

    public BatchingKind Kind { get; set; }

    /// <summary>Longest time that the oldest job of a batch waits for others (window).</summary>
    /// <value>200 ms.</value>
    public Duration Window { get; set; } = Duration.FromMilliseconds(200);

    /// <summary>Most jobs of a batch, whatever memory there is.</summary>
    /// <value>1 without a batching section, else 4.</value>
    public int MaxBatch { get; set; } = 1;

    /// <summary>Triton's max_queue_delay; zero sends at once.</summary>
    public Duration Delay { get; set; }

    /// <summary>Triton's preferred_batch_size, ascending; empty = the largest batch.</summary>
    public IReadOnlyList<int> Preferred { get; set; } = [];

    /// <summary>Jobs that may wait for one model before Triton refuses more; 0 = no limit.</summary>
    public int MaxQueue { get; set; }

    /// <summary>Longest time in Triton's queue; null = none.</summary>
    public Duration? QueueTimeout { get; set; }

    /// <summary>Whether a job past <see cref="QueueTimeout"/> moves behind the others of its level (DELAY) rather than being refused (REJECT).</summary>
    public bool TimeoutDelays { get; set; }

    /// <summary>Batch size from free memory; null = memory decides nothing.</summary>
    public BatchMemory? Memory { get; set; }

    /// <summary>Binds <c>batching</c> of the section <c>serving</c>. A field of another policy is refused. Problems are added to the section's list.</summary>
    public static BatchingOptions Bind(Section serving)
    {
        if (serving.Child("batching") is not { } section)
        {
            return new BatchingOptions();
        }

        var problems = section.Problems.All.Count;
        var kind = section.Choice("policy", BatchingKind.Window, ("none", BatchingKind.None), ("window", BatchingKind.Window), ("triton", BatchingKind.Triton));
        if (section.Problems.All.Count == problems)
        {
            RefuseOthers(section, kind);
        }

        var options = kind == BatchingKind.None ? new BatchingOptions() : Gathering(section, kind);

        // Known, whichever policy: another policy's field is no spelling mistake.
        foreach (var (field, _) in s_fields)
        {
            section.Find(field);
        }

        section.Close();
        return options;
    }

    internal IBatchPolicy Create() => Kind switch
    {
        BatchingKind.None => new NoBatching(),
        BatchingKind.Window => new WindowBatching(this),
        BatchingKind.Triton => new TritonBatching(this),
        _ => throw new UnreachableException(),
    };

    private static void RefuseOthers(Section section, BatchingKind kind)
    {
        foreach (var (field, only) in s_fields)
        {
            var legal = only is null ? kind != BatchingKind.None : kind == only;
            if (!legal && section.Find(field) is { } node)
            {
                var policy = only is null ? "window or triton" : Word(only.Value);
                section.Problems.Add(node, section.PathOf(field), (node as ScalarNode)?.Text, $"is not a field of policy {Word(kind)}", $"remove it, or write policy: {policy}");
            }
        }
    }

    private static BatchingOptions Gathering(Section section, BatchingKind kind)
    {
        var options = new BatchingOptions { Kind = kind, MaxBatch = section.Integer("maxBatch", 4, 1, MostMaxBatch), Memory = BatchMemory.Bind(section) };
        return kind == BatchingKind.Window ? options with { Window = section.Time("window", options.Window) } : Triton(section, options);
    }

    private static BatchingOptions Triton(Section section, BatchingOptions options)
    {
        options = options with
        {
            Delay = section.Time("delay", options.Delay),
            Preferred = Sizes(section, options.MaxBatch),
            MaxQueue = section.Integer("maxQueue", options.MaxQueue, 0, 10_000_000),
            QueueTimeout = section.Value("queueTimeout", Quantity.Time, time => time > Duration.Zero, "a duration above 0", "5s"),
            TimeoutDelays = section.Choice("onTimeout", false, ("reject", false), ("delay", true)),
        };
        if (section.Find("onTimeout") is ScalarNode action && !section.Has("queueTimeout"))
        {
            section.Problems.Add(action, section.PathOf("onTimeout"), action.Text, "has no queueTimeout to act on", "add queueTimeout: 5s, or remove it");
        }

        return options;
    }

    private static List<int> Sizes(Section section, int maxBatch)
    {
        var sizes = new List<int>();
        foreach (var (node, path) in section.Items("preferred"))
        {
            var text = (node as ScalarNode)?.Text;
            if (text is null || Quantity.Integer(text) is not { } size || size < 1 || size > maxBatch)
            {
                section.Problems.Add(node, path, text, $"is not a whole number from 1 to maxBatch {maxBatch}", "write for example preferred: [2, 4]");
            }
            else if (sizes.Count > 0 && size <= sizes[^1])
            {
                section.Problems.Add(node, path, text, $"is not above {sizes[^1]} before it", "write the sizes ascending, for example [2, 4]");
            }
            else
            {
                sizes.Add((int)size);
            }
        }

        return sizes;
    }

    private static string Word(BatchingKind kind) => kind switch
    {
        BatchingKind.None => "none",
        BatchingKind.Window => "window",
        _ => "triton",
    };
}
