using LoadLab.Core;
using LoadLab.Serving;

namespace LoadLab.Planning;

/// <summary>Provisioned time times price, divided by where the time went.</summary>
internal sealed record Bill(Duration Provisioned, long BusyNanoseconds, decimal Total, IReadOnlyList<CostPart> Parts)
{
    private const decimal NanosecondsPerHour = 3_600_000_000_000m;

    public decimal Busy => Parts[0].Amount;

    /// <summary>The busy amount by what it was for; money, cents and time add up to those of busy. Empty when nothing says.</summary>
    public IReadOnlyList<CostPart> Split(WorkAccount work)
    {
        long[] weights = [.. work.ByUse.Select(time => time.Nanoseconds)];
        if (weights.Sum() == 0)
        {
            return [];
        }

        var times = ExactSplit.Of(BusyNanoseconds, weights, 0);
        var amounts = ExactSplit.Of(Busy, weights, ExactSplit.Nano);
        var cents = ExactSplit.Of(Parts[0].Cents, weights, ExactSplit.Cent);
        return [.. Enum.GetValues<WorkUse>().Select((use, i) => new CostPart(use.ToString().ToLowerInvariant(), new Duration((long)times[i]).Seconds, amounts[i], cents[i]))];
    }

    public static Bill Of(IReadOnlyList<ReplicaUsage> replicas, ReplicaGpus gpusOf, PriceOptions price)
    {
        (string Name, long Nanoseconds)[] times =
        [
            ("busy", Sum(replicas, gpusOf, usage => usage.Busy)),
            ("idle", Sum(replicas, gpusOf, usage => usage.Idle)),
            ("load", Sum(replicas, gpusOf, usage => usage.Load)),
            ("drain", Sum(replicas, gpusOf, usage => usage.Drain)),
            ("down", Sum(replicas, gpusOf, usage => usage.Down)),
        ];
        var provisioned = Sum(replicas, gpusOf, usage => usage.Total);
        var gpus = ExactSplit.Round(provisioned * price.Price.PerGpuHour / NanosecondsPerHour, ExactSplit.Nano);
        var overhead = ExactSplit.Round(gpus * price.Overhead, ExactSplit.Nano);
        var amounts = ExactSplit.Of(gpus, [.. times.Select(time => time.Nanoseconds)], ExactSplit.Nano).Append(overhead).ToArray();
        var cents = ExactSplit.ToCents(amounts);
        return new Bill(
            new Duration(provisioned),
            times[0].Nanoseconds,
            gpus + overhead,
            [.. times.Append(("overhead", 0)).Select((time, i) => new CostPart(time.Item1, new Duration(time.Item2).Seconds, amounts[i], cents[i]))]);
    }

    private static long Sum(IReadOnlyList<ReplicaUsage> replicas, ReplicaGpus gpus, Func<ReplicaUsage, Duration> of)
    {
        long sum = 0;
        foreach (var usage in replicas)
        {
            sum = checked(sum + (of(usage).Nanoseconds * gpus.Of(usage)));
        }

        return sum;
    }
}
