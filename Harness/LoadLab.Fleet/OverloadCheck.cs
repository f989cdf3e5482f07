using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Fleet;

/// <summary>Whether the whole schedule is more than its fleet can serve, asked before a run whose queue would only grow.</summary>
public static class OverloadCheck
{
    private const int Rounds = 500;

    /// <summary>
    /// The offered busy share: the least that any dispatch can bring the busiest kind of replica to, over the schedule, with as many replicas as there can be, each batch as
    /// large as pays and no cold start. At 1 and above no rule can keep up. Null for a closed loop, which waits for its answers, for a pipeline, and where a time is not known.
    /// </summary>
    public static double? OfferedBusyShare(Schedule schedule, ServiceProfile profile, FleetOptions fleet, ServingOptions serving, AutoscalerOptions autoscaler)
    {
        if (schedule.ClosedUsers is not null || schedule.Calls.Count == 0 || schedule.Length.Seconds <= 0 || serving.Pipeline.On)
        {
            return null;
        }

        var servers = Servers(schedule, profile, fleet, serving, autoscaler);
        return servers is null ? null : Least(Classes(schedule, serving, servers), [.. servers.Select(kind => kind.Replicas * schedule.Length.Seconds)]);
    }

    /// <summary>The sentence to print before an overloaded run; null when the fleet can keep up or nobody knows.</summary>
    public static string? Note(Schedule schedule, ServiceProfile profile, FleetOptions fleet, ServingOptions serving, AutoscalerOptions autoscaler)
    {
        if (OfferedBusyShare(schedule, profile, fleet, serving, autoscaler) is not { } share || share < 1)
        {
            return null;
        }

        var replicas = Servers(schedule, profile, fleet, serving, autoscaler)!.Sum(kind => kind.Replicas);
        var times = double.IsFinite(share) ? FormattableString.Invariant($"{share:0.##} times what {replicas} {(replicas == 1 ? "replica" : "replicas")} can serve") : "of a model that no replica serves";
        return $"offered load is {times}: the queue grows for the whole run, or calls are refused and give up; the figures below tell of an overloaded fleet";
    }

    private static List<Server>? Servers(Schedule schedule, ServiceProfile profile, FleetOptions fleet, ServingOptions serving, AutoscalerOptions autoscaler)
    {
        var scaling = fleet.Apply(autoscaler);
        var owned = scaling.Kind == AutoscalerKind.Fixed ? 0 : serving.Tiers.Sum(tier => tier.Replicas);
        var most = (scaling.Kind == AutoscalerKind.Fixed ? scaling.Replicas : scaling.Max) + owned;
        List<Server> servers = fleet.Kinds.Count == 0
            ? [new Server(new ServiceTimes(profile, fleet), most, _ => true)]
            : [.. KindProfiles.Of(profile, fleet).Select(part => new Server(new ServiceTimes(part.Profile, fleet), Math.Min(part.Kind == fleet.ScaledKind ? most : part.Kind.Replicas, Room(fleet, part.Kind)), part.Kind.Holds))];
        return servers.Exists(server => server.Times.Lacks(schedule, serving, server.Holds).Any()) ? null : servers;
    }

    /// <summary>Replicas of a kind that the provider's nodes hold, when they hold nothing else.</summary>
    private static int Room(FleetOptions fleet, KindOptions kind) =>
        fleet.Nodes.FirstOrDefault(nodes => nodes.Gpu == kind.Gpu) is { Most: < int.MaxValue } stock ? stock.Most * (stock.Gpus / kind.Gpus) : int.MaxValue;

    /// <summary>Of each kind of call the count, and its seconds on each kind of replica: infinite where its model is not served.</summary>
    private static List<(int Count, double[] Seconds)> Classes(Schedule schedule, ServingOptions serving, List<Server> servers) =>
    [
        .. schedule.Calls.GroupBy(call => (call.Model, Shape: SimulatedWork.ShapeOf(call)))
            .Select(calls => (calls.Count(), servers.Select(server => server.Holds(calls.Key.Model) ? SecondsOf(server.Times, calls.Key.Model, calls.Key.Shape, serving.Batching.MaxBatch) : double.PositiveInfinity).ToArray())),
    ];

    /// <summary>A job's share of the batch that takes the least for each of its jobs.</summary>
    private static double SecondsOf(ServiceTimes times, string model, Shape shape, int maxBatch) =>
        Enumerable.Range(1, Math.Max(1, maxBatch)).Min(batch => times.Of(model, shape, batch).Whole.MeanS / batch);

    /// <summary>
    /// The least largest busy share, by weights on the kinds (the linear program's dual): with any weights that add up to 1 the cheapest kind of each call gives a share that
    /// no dispatch beats; weight moves to the kinds that this would make the busiest. For one kind of replica it is exact.
    /// </summary>
    private static double Least(List<(int Count, double[] Seconds)> classes, double[] capacities)
    {
        var weights = Enumerable.Repeat(1.0 / capacities.Length, capacities.Length).ToArray();
        var best = 0.0;
        for (var round = 0; round < (capacities.Length == 1 ? 1 : Rounds); round++)
        {
            var (share, loads) = (0.0, new double[capacities.Length]);
            foreach (var (count, seconds) in classes)
            {
                var cheapest = Enumerable.Range(0, capacities.Length).MinBy(k => weights[k] * seconds[k] / capacities[k]);
                share += count * weights[cheapest] * seconds[cheapest] / capacities[cheapest];
                loads[cheapest] += count * seconds[cheapest] / capacities[cheapest];
            }

            best = Math.Max(best, share);
            var (step, most) = (1 / Math.Sqrt(round + 1), loads.Max());
            weights = [.. weights.Select((weight, k) => weight * Math.Exp(step * loads[k] / most))];
            var sum = weights.Sum();
            weights = [.. weights.Select(weight => Math.Max(1e-12, weight / sum))];
        }

        return best;
    }

    /// <param name="Times">By model, shape and batch.</param>
    /// <param name="Replicas">As many as there can be.</param>
    /// <param name="Holds">The models it serves.</param>
    private sealed record Server(ServiceTimes Times, int Replicas, Func<string, bool> Holds);
}
