using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Workload;

namespace LoadLab.Planning;

/// <summary>Plays one policy against a schedule. Whatever it draws comes from the seed.</summary>
public delegate AbReplay Play(Schedule schedule, Seed seed);

/// <summary>One of the two policies of a comparison.</summary>
public sealed record AbSide(string Name, Play Play);

/// <summary>What one play gave.</summary>
/// <param name="Calls">One row per planned call.</param>
/// <param name="Usage">Every replica.</param>
/// <param name="End">When the play ended.</param>
public sealed record AbReplay(IReadOnlyList<CallRecord> Calls, IReadOnlyList<ReplicaUsage> Usage, Instant End);

/// <summary>What stands behind the service times of a comparison.</summary>
public sealed record AbEvidence
{
    /// <summary>Of the plays: simulated, or emulated.</summary>
    public required Evidence Evidence { get; init; }

    /// <summary>What the profile was measured on.</summary>
    public required string Device { get; init; }

    public required bool DeviceIsCpu { get; init; }

    /// <summary>Evidence of the profile itself: real, or the published table it was written from.</summary>
    public required string Profile { get; init; }

    public required int RealCalls { get; init; }

    /// <summary>The profile's error, in words: "mean absolute 4 % of the service time over 38 calls", or that it is not known.</summary>
    public required string ProfileError { get; init; }
}

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
        for (var i = 0; i < seeds; i++)
        {
            var own = seed.Derive(i);
            var schedule = arrivals(own);
            rows.Add(new AbSeedRow(own.Value, schedule.Sha256, Measure(a), Measure(b)));

            AbFigures Measure(AbSide side)
            {
                var replay = side.Play(schedule, own);
                return replay.Calls.Count == schedule.Calls.Count
                    ? AbFigures.Of(replay, price, slo)
                    : throw new InvalidOperationException($"{side.Name} gave {replay.Calls.Count} rows for {schedule.Calls.Count} planned calls");
            }
        }

        return AbReport.Of(a.Name, b.Name, rows, price, evidence);
    }
}
