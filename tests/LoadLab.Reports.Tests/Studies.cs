using LoadLab.Planning;

namespace LoadLab.Reports.Tests;

/// <summary>A comparison and a bill, made up whole.</summary>
internal static class Studies
{
    public static AbReport Ab => new()
    {
        A = "queue",
        B = "fixed:2",
        Seeds = 2,
        Wording = "simulated on the same arrivals over 2 seeds; profile of H100 (published, 0 real calls behind it)",
        PriceLabel = "2.00 USD per GPU-hour",
        Currency = "USD",
        Evidence = "simulated",
        RealCalls = 0,
        ProfileError = "not known",
        Assumptions = ["batches of two take twice as long", "<b>nothing</b> fails"],
        Metrics =
        [
            new AbMetric
            {
                Name = "cost", Unit = "USD", A = new Figure(10), B = new Figure(12.5), Verdict = "A lower", By = "95 % t interval of 2 paired differences",
                Paired = new PairedComparison(10, 12.5, -2.5, 0.1, 1.27, 0.4, 1.72, 2),
            },
            new AbMetric
            {
                Name = "p95 latency", Unit = "s", A = new Figure(null, "not finite in 1 of 2 seeds"), B = new Figure(4), Verdict = "no difference shown",
                By = "sign test: A lower in 1, B lower in 1 of 2 seeds, chance 1", Paired = null,
            },
        ],
        PerSeed = [new AbSeedRow(1, new string('b', 64), Side(3), Side(4)), new AbSeedRow(2, new string('c', 64), Side(double.PositiveInfinity), Side(4))],
    };

    public static CostReport Cost => new()
    {
        Wording = "priced as if the replica had been verda/h100-sxm/on-demand; nothing was rented (real, 11 real calls on cpu: test behind it)",
        PriceLabel = "2.00 USD per GPU-hour",
        Currency = "USD",
        PerGpuHour = 2,
        Evidence = "real",
        RealCalls = 11,
        PricedAsIf = true,
        GpuHours = 0.5,
        Total = 1,
        TotalCents = 1,
        Parts = [new CostPart("busy", 900, 0.5m, 0.5m), new CostPart("idle", 720, 0.4m, 0.4m), new CostPart("load", 180, 0.1m, 0.1m), new CostPart("drain", 0, 0, 0), new CostPart("down", 0, 0, 0), new CostPart("overhead", 0, 0, 0)],
        PlannedCalls = 12,
        CompletedCalls = 11,
        PerThousand = new Figure(90.909),
        Interval = null,
        NoInterval = "fewer than 8 blocks",
        PerVideoSecond = new Figure(0.25),
        BusyShare = new Figure(0.5),
        Tenants = [new TenantCost("", 6, 6, 500, 0.3m, 0.6m, 0.6m), new TenantCost("studio", 6, 5, 400, 0.2m, 0.4m, 0.4m)],
    };

    private static AbFigures Side(double p95) => new()
    {
        Planned = 10, Completed = 9, Cost = 10, GpuHours = 5, P50Seconds = 1, P95Seconds = p95, P99Seconds = p95, Goodput = 0.9, ScaleActions = 3,
    };
}
