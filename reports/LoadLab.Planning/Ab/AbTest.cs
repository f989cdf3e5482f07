using LoadLab.Core;
using LoadLab.Workload;

namespace LoadLab.Planning;

/// <summary>Two policies on the same arrivals, over several seeds.</summary>
public static class AbTest
{
    /// <param name="arrivals">The schedule of a seed: drawn once, played by both sides.</param>
    /// <param name="a">First policy.</param>
    /// <param name="b">Second policy.</param>
    /// <param name="seed">Seed i of the comparison is derived from it by index.</param>
    /// <param name="seeds">How many; at least 1, and at least 2 for an interval.</param>
    /// <param name="price">One price for both.</param>
    /// <param name="slo">One promise for both.</param>
    /// <param name="evidence">Told in the report.</param>
    public static AbReport Run(Func<Seed, Schedule> arrivals, AbSide a, AbSide b, Seed seed, int seeds, PriceOptions price, SloOptions slo, AbEvidence evidence)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(seeds, 1);
        var rows = new List<AbSeedRow>(seeds);
        var assumptions = new List<string>();
        for (var i = 0; i < seeds; i++)
        {
            var own = seed.Derive(i);
            var schedule = arrivals(own);
            rows.Add(new AbSeedRow(own.Value, schedule.Sha256, Measure(a), Measure(b)));

            AbFigures Measure(AbSide side)
            {
                var replay = side.Play(schedule, own);
                if (schedule.ClosedUsers is null && replay.Calls.Count != schedule.Calls.Count)
                {
                    throw new InvalidOperationException($"{side.Name} gave {replay.Calls.Count} rows for {schedule.Calls.Count} planned calls");
                }

                assumptions.AddRange(replay.Assumptions.Except(assumptions));
                return AbFigures.Of(replay, replay.Gpus ?? ReplicaGpus.All(evidence.GpusPerReplica), price, slo);
            }
        }

        return AbReport.Of(a.Name, b.Name, rows, price, evidence, assumptions);
    }
}
