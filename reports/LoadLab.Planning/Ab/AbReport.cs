using System.Globalization;
using LoadLab.Core;

namespace LoadLab.Planning;

/// <summary>Two policies compared on the same arrivals. Every interval is 95 % by itself; together they are less sure.</summary>
public sealed record AbReport
{
    public required string A { get; init; }

    public required string B { get; init; }

    public required int Seeds { get; init; }

    /// <summary>What to believe: evidence, device, real calls, the profile's error.</summary>
    public required string Wording { get; init; }

    public required string PriceLabel { get; init; }

    public required string Currency { get; init; }

    public required string Evidence { get; init; }

    public required int RealCalls { get; init; }

    public required string ProfileError { get; init; }

    /// <summary>What the plays assumed for want of knowledge; print them beside the figures.</summary>
    public required IReadOnlyList<string> Assumptions { get; init; }

    public required IReadOnlyList<AbMetric> Metrics { get; init; }

    public required IReadOnlyList<AbSeedRow> PerSeed { get; init; }

    internal static AbReport Of(string a, string b, IReadOnlyList<AbSeedRow> rows, PriceOptions price, AbEvidence evidence, IReadOnlyList<string> assumptions)
    {
        var currency = price.Price.Currency;
        return new AbReport
        {
            A = a,
            B = b,
            Seeds = rows.Count,
            Wording = WordingOf(evidence, rows.Count, price),
            PriceLabel = price.Price.Label,
            Currency = currency,
            Evidence = Words.Of(evidence.Evidence),
            RealCalls = evidence.RealCalls,
            ProfileError = evidence.ProfileError,
            Assumptions = assumptions,
            Metrics =
            [
                Mean("cost", currency, figures => (double)figures.Cost),
                AbMetric.OfRatios(
                    "cost per 1000 completed",
                    currency,
                    [.. rows.Select(row => (double)row.A.Cost)],
                    [.. rows.Select(row => (double)row.A.Completed)],
                    [.. rows.Select(row => (double)row.B.Cost)],
                    [.. rows.Select(row => (double)row.B.Completed)],
                    1000),
                Mean("p50 latency", "s", figures => figures.P50Seconds),
                Mean("p95 latency", "s", figures => figures.P95Seconds),
                Mean("p99 latency", "s", figures => figures.P99Seconds),
                Mean("goodput", "share", figures => figures.Goodput),
                Mean("GPU-hours", "h", figures => figures.GpuHours),
                Mean("scale actions", "count", figures => figures.ScaleActions),
            ],
            PerSeed = rows,
        };

        AbMetric Mean(string name, string unit, Func<AbFigures, double> of) =>
            AbMetric.OfMeans(name, unit, [.. rows.Select(row => of(row.A))], [.. rows.Select(row => of(row.B))]);
    }

    private static string WordingOf(AbEvidence evidence, int seeds, PriceOptions price)
    {
        var money = evidence.DeviceIsCpu ? $"; priced as if the replicas were {price.Price.Sku}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Words.Of(evidence.Evidence)} on the same arrivals over {seeds} seeds; profile of {evidence.Device} ({evidence.Profile}, {evidence.RealCalls} real calls behind it, error: {evidence.ProfileError}){money}");
    }
}
