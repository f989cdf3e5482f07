using LoadLab.Core.Input;

namespace LoadLab.Fleet;

/// <summary>Binds <c>fleet.kinds</c> and <c>fleet.nodes</c>, and tells what does not go together.</summary>
internal static class KindsBinder
{
    private const int Most = 100;

    public static IReadOnlyList<KindOptions> Kinds(Section fleet) => [.. Items(fleet, "kinds").Select(item => KindOptions.Bind(item.Node, item.Path, fleet.Problems)).OfType<KindOptions>()];

    public static IReadOnlyList<NodeOptions> Nodes(Section fleet) => [.. Items(fleet, "nodes").Select(item => NodeOptions.Bind(item.Node, item.Path, fleet.Problems)).OfType<NodeOptions>()];

    public static void Check(Section root, Section fleet, FleetOptions options)
    {
        CheckKinds(root, fleet, options);
        if (options.Nodes.Count > 0 && options.Spot.MeanTimeToReclaim is not null)
        {
            fleet.Problems.Add(fleet.Find("spot")!, fleet.PathOf("spot"), null, "takes back machines of one replica, and here replicas share nodes", "leave fleet.nodes out: each replica is then a machine of its own");
        }

        for (var i = 0; i < options.Nodes.Count; i++)
        {
            var nodes = options.Nodes[i];
            if (options.Nodes.Take(i).Any(other => other.Gpu == nodes.Gpu))
            {
                Add(fleet, "nodes", i, "gpu", nodes.Gpu, "has nodes already", "write one item for each kind of GPU");
            }

            if (nodes.Gpu.Length > 0 && options.Kinds.All(kind => kind.Gpu != nodes.Gpu))
            {
                Add(fleet, "nodes", i, "gpu", nodes.Gpu, "is of no kind of replica", $"write fleet.kinds: [ {{ kind: {nodes.Gpu}-1, gpu: {nodes.Gpu}, gpus: 1 }} ]");
            }
        }
    }

    private static void CheckKinds(Section root, Section fleet, FleetOptions options)
    {
        foreach (var field in options.Kinds.Count > 0 ? new[] { "kind", "replicas", "memory" } : [])
        {
            if (fleet.Has(field))
            {
                fleet.Problems.Add(fleet.Find(field)!, fleet.PathOf(field), null, "stands beside kinds, which say it each for itself", "move it into the kinds");
            }
        }

        for (var i = 0; i < options.Kinds.Count; i++)
        {
            var kind = options.Kinds[i];
            if (options.Kinds.Take(i).Any(other => other.Kind == kind.Kind))
            {
                Add(fleet, "kinds", i, "kind", kind.Kind.Name, "is the name of another kind", "give each its own");
            }

            if (kind.Scaled && options.Kinds.Take(i).Any(other => other.Scaled))
            {
                Add(fleet, "kinds", i, "scaled", "true", "is true of another kind: the autoscaler moves one", "leave it out of all but one");
            }

            if (options.Nodes.FirstOrDefault(nodes => nodes.Gpu == kind.Gpu) is { } node && kind.Gpus > node.Gpus)
            {
                Add(fleet, "kinds", i, "gpus", $"{kind.Gpus}", $"are more than a node has: {node.Gpus}", "a replica stands on one node: write bigger nodes or smaller replicas");
            }
        }

        if (options.Kinds.Count > 1 && root.Find("serving") is MappingNode serving && serving.Find("pipeline") is { } pipeline)
        {
            fleet.Problems.Add(pipeline, "serving.pipeline", null, "runs on replicas of one kind", "write one kind, or leave the pipeline out");
        }
    }

    private static IReadOnlyList<(Node Node, string Path)> Items(Section fleet, string field)
    {
        var items = fleet.Items(field);
        if (items.Count <= Most)
        {
            return items;
        }

        fleet.Problems.Add(fleet.Find(field)!, fleet.PathOf(field), $"{items.Count} items", "is too long", $"write at most {Most}");
        return [];
    }

    private static void Add(Section fleet, string list, int index, string field, string value, string message, string fix)
    {
        var items = fleet.Items(list);
        fleet.Problems.Add(index < items.Count ? items[index].Node : fleet.Node, $"{fleet.PathOf(list)}[{index}].{field}", value, message, fix);
    }
}
