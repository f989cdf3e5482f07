using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Planning;

/// <summary>The <c>slo</c> section of a scenario: what the service promises over all planned calls.</summary>
public sealed record SloOptions
{
    public static SloOptions None { get; } = new();

    /// <summary>Half of the planned calls complete within this latency.</summary>
    public Duration? P50 { get; init; }

    public Duration? P95 { get; init; }

    public Duration? P99 { get; init; }

    /// <summary>Share of planned calls that complete in time, in (0, 1].</summary>
    public double? Goodput { get; init; }

    /// <summary>In time, for a call without a deadline of its own: the p95 bound, or else the p99 or p50 bound; null: completing at all is in time.</summary>
    public Duration? Bound => P95 ?? P99 ?? P50;

    /// <param name="root">The scenario; its key slo is read. Absent: <see cref="None"/>.</param>
    public static SloOptions Bind(Section root)
    {
        if (root.Child("slo") is not { } section)
        {
            return None;
        }

        var slo = new SloOptions
        {
            P50 = Latency(section, "p50"),
            P95 = Latency(section, "p95"),
            P99 = Latency(section, "p99"),
            Goodput = section.Value("goodput", Quantity.Number, share => share is > 0 and <= 1, "a share above 0 and at most 1", "0.99"),
        };
        section.Close();
        Rising(section, ("p50", slo.P50), ("p95", slo.P95));
        Rising(section, ("p95", slo.P95), ("p99", slo.P99));
        Rising(section, ("p50", slo.P50), ("p99", slo.P99));
        return slo;
    }

    private static Duration? Latency(Section section, string field) => section.Value(field, Quantity.Time, time => time > Duration.Zero, "a duration above 0", "20s");

    private static void Rising(Section section, (string Name, Duration? Time) low, (string Name, Duration? Time) high)
    {
        if (low.Time > high.Time)
        {
            section.Problems.Add(section.Find(high.Name)!, section.PathOf(high.Name), null, $"is below {low.Name}", "a higher percentile cannot be faster");
        }
    }
}
