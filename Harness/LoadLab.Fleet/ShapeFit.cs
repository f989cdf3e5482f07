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
        var kinds = Kinds(profile, fleet);
        var calls = Calls(schedule, serving, kinds);
        var problems = new List<Problem>();
        foreach (var call in calls)
        {
            var serves = kinds.Where(kind => kind.Holds(call.Model)).ToList();
            if (serves.Count > 0 && serves.TrueForAll(kind => kind.Lacks(call.Shape)))
            {
                problems.Add(new Problem("scenario", 0, "workload.jobs", $"{call.Model} {call.Shape}", $"fits no replica by the profile's memory law: {string.Join(", ", serves.Select(kind => kind.Needs(call.Shape)))}", "take GPUs of more memory or more GPUs a replica, or a smaller size or fewer frames"));
            }
        }

        foreach (var kind in problems.Count > 0 ? [] : kinds)
        {
            var served = calls.Where(call => kind.Holds(call.Model)).ToList();
            if (served.Count > 0 && served.TrueForAll(call => kind.Lacks(call.Shape)))
            {
                problems.Add(new Problem("scenario", 0, "fleet.kinds", kind.Name, $"can hold no call that it serves: {kind.Needs(served.MinBy(call => kind.BytesOf(call.Shape)).Shape)} for the smallest", "give it more memory or more GPUs, or leave the kind out"));
            }
        }

        if (problems.Count > 0)
        {
            throw new InputException(problems);
        }
    }

    /// <summary>The shapes that some kinds can hold and others, which serve their model too, cannot: there such a call fails.</summary>
    internal static IEnumerable<string> Notes(Schedule schedule, ServiceProfile profile, FleetOptions fleet, ServingOptions serving)
    {
        var kinds = Kinds(profile, fleet);
        return
            from call in Calls(schedule, serving, kinds)
            from kind in kinds
            where kind.Holds(call.Model) && kind.Lacks(call.Shape)
            select $"{call.Model} {call.Shape} fails on one of the kinds that serve it, {kind.Needs(call.Shape)}: name under fleet.kinds the models that each kind serves.";
    }

    /// <summary>What the schedule may bring, as asked for or on the lighter model; nothing where memory limits nothing.</summary>
    private static List<(string Model, Shape Shape)> Calls(Schedule schedule, ServingOptions serving, List<KindMemory> kinds)
    {
        if (kinds.TrueForAll(kind => kind.Bytes is null || kind.Law is null))
        {
            return [];
        }

        var asked = schedule.Calls.Select(call => (call.Model, Shape: SimulatedWork.ShapeOf(call))).Distinct().ToList();
        var lighter = serving.Recovery.FallbackModel.Name;
        return [.. asked.Concat(asked.Where(_ => lighter.Length > 0).Select(call => (lighter, call.Shape))).Distinct().OrderBy(call => call.Item1, StringComparer.Ordinal).ThenBy(call => call.Item2.ToString(), StringComparer.Ordinal)];
    }

    private static List<KindMemory> Kinds(ServiceProfile profile, FleetOptions fleet) => fleet.Kinds.Count > 0
        ? [.. fleet.Kinds.Select(kind => new KindMemory(kind.Kind.Name, kind.MemoryBytes, profile.For(kind.Gpu, kind.Gpus)?.Memory, kind.Holds))]
        : [new KindMemory(fleet.Kind?.Name ?? "the replica", fleet.MemoryBytes, profile.Memory, _ => true)];

    private static string Gb(double bytes) => (bytes / 1e9).ToString("0.###", CultureInfo.InvariantCulture);

    /// <param name="Name">Of the kind.</param>
    /// <param name="Bytes">Of one of its GPUs; null = memory limits nothing.</param>
    /// <param name="Law">Of its part of the profile; null = nobody knows.</param>
    /// <param name="Holds">The models it serves.</param>
    private sealed record KindMemory(string Name, long? Bytes, MemoryLaw? Law, Func<string, bool> Holds)
    {
        public double? BytesOf(Shape shape) => Law?.BytesOf(shape, 1);

        /// <summary>Whether it is known that a single call does not fit.</summary>
        public bool Lacks(Shape shape) => BytesOf(shape) > Bytes;

        public string Needs(Shape shape) => $"{Name} needs {Gb(BytesOf(shape)!.Value)} GB a GPU and has {Gb(Bytes!.Value)}";
    }
}
