using System.Globalization;
using LoadLab.Core.Input;
using LoadLab.Serving;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Fleet;

/// <summary>Whether the memory of the fleet's replicas holds what the schedule brings, by the profile's memory law: told before the run, for such a call would only fail or wait.</summary>
public static class ShapeFit
{
    /// <summary>Throws <see cref="InputException"/> naming every shape that no kind of replica that serves its model can hold alone, and every kind that can hold nothing it serves.</summary>
    public static void Require(Schedule schedule, ServiceProfile profile, FleetOptions fleet, ServingOptions serving)
    {
        var (kinds, needs) = (Kinds(fleet), Needs(schedule, profile, serving));
        var problems = new List<Problem>();
        foreach (var need in needs)
        {
            var serves = kinds.Where(kind => kind.Holds(need.Model)).ToList();
            if (serves.Count > 0 && serves.All(kind => kind.Bytes < need.Bytes))
            {
                problems.Add(new Problem("scenario", 0, "workload.jobs", Call(need), $"needs {Gb(need.Bytes)} GB by the profile's memory law, and no replica has that: {string.Join(", ", serves.Select(Has))}", "take GPUs of more memory or more GPUs a replica, or a smaller size or fewer frames"));
            }
        }

        foreach (var kind in kinds.Where(kind => problems.Count == 0 && needs.Any(need => kind.Holds(need.Model)) && needs.All(need => !kind.Holds(need.Model) || kind.Bytes < need.Bytes)))
        {
            problems.Add(new Problem("scenario", 0, "fleet.kinds", kind.Name, $"can hold no call that it serves: it has {Gb(kind.Bytes!.Value)} GB, and the smallest needs {Gb(needs.Where(need => kind.Holds(need.Model)).Min(need => need.Bytes))} GB", "give it more memory or more GPUs, or leave the kind out"));
        }

        if (problems.Count > 0)
        {
            throw new InputException(problems);
        }
    }

    /// <summary>The shapes that some kinds can hold and others, which serve their model too, cannot: there such a call fails.</summary>
    internal static IEnumerable<string> Notes(Schedule schedule, ServiceProfile profile, FleetOptions fleet, ServingOptions serving)
    {
        var kinds = Kinds(fleet);
        return
            from need in Needs(schedule, profile, serving)
            from kind in kinds
            where kind.Holds(need.Model) && kind.Bytes < need.Bytes
            select $"{Call(need)} needs {Gb(need.Bytes)} GB and fails on {kind.Name}, which has {Gb(kind.Bytes!.Value)} GB: name under fleet.kinds the models that each kind serves.";
    }

    private static List<Need> Needs(Schedule schedule, ServiceProfile profile, ServingOptions serving)
    {
        if (profile.Memory is not { } law)
        {
            return [];
        }

        var asked = schedule.Calls.Select(call => (call.Model, Shape: SimulatedWork.ShapeOf(call))).Distinct().ToList();
        var lighter = serving.Recovery.FallbackModel.Name;
        return
        [
            .. asked.Concat(lighter.Length > 0 ? asked.Select(call => (lighter, call.Shape)) : []).Distinct()
                .Select(call => new Need(call.Item1, call.Shape, law.BytesOf(call.Shape, 1)))
                .OrderBy(need => need.Model, StringComparer.Ordinal).ThenBy(need => need.Shape.ToString(), StringComparer.Ordinal),
        ];
    }

    private static List<KindMemory> Kinds(FleetOptions fleet) => fleet.Kinds.Count > 0
        ? [.. fleet.Kinds.Select(kind => new KindMemory(kind.Kind.Name, kind.ReplicaBytes, kind.Holds))]
        : [new KindMemory(fleet.Kind?.Name ?? "replica", fleet.MemoryBytes, _ => true)];

    private static string Call(Need need) => $"{need.Model} {need.Shape}";

    private static string Has(KindMemory kind) => $"{kind.Name} has {Gb(kind.Bytes!.Value)} GB";

    private static string Gb(double bytes) => (bytes / 1e9).ToString("0.###", CultureInfo.InvariantCulture);

    private sealed record Need(string Model, Shape Shape, double Bytes);

    /// <param name="Bytes">Of one replica; null = memory limits nothing, so that no comparison with it holds.</param>
    private sealed record KindMemory(string Name, long? Bytes, Func<string, bool> Holds);
}
