using LoadLab.Planning;

namespace LoadLab.Reports;

/// <summary>A bill on the page: what a thousand completed calls cost, and where every cent went.</summary>
internal static class CostSection
{
    public static void Add(HtmlPage page, string subject, CostReport cost)
    {
        page.Heading($"{subject}: {(cost.PricedAsIf ? "priced as if" : "cost")}");
        page.Evidence(cost.Evidence, cost.Wording);
        page.Tiles(
        [
            ("per 1000 completed calls", Amount(cost.PerThousand, cost.Currency), Interval(cost)),
            ("total", Show.Inv($"{cost.TotalCents:0.00} {cost.Currency}"), $"{Show.Number(cost.GpuHours)} GPU-hours"),
            ("per second of video", Amount(cost.PerVideoSecond, cost.Currency), "generated"),
            ("busy share", Show.Share(cost.BusyShare.Value ?? double.NaN), "busy / provisioned time"),
            ("calls completed", $"{cost.CompletedCalls} / {cost.PlannedCalls}", "of planned"),
        ]);
        page.Table(
            ["where it went", "GPU-seconds", $"{cost.Currency}", "share"],
            cost.Parts.Select(part => (IReadOnlyList<string>)
            [
                part.Name == "load" ? "load (cold starts)" : part.Name,
                Show.Inv($"{part.GpuSeconds:0.###}"),
                Show.Inv($"{part.Amount:0.000000000}"),
                Show.Share(cost.Total > 0 ? (double)(part.Amount / cost.Total) : double.NaN),
            ]).Append(["total", Show.Inv($"{cost.Parts.Sum(part => part.GpuSeconds):0.###}"), Show.Inv($"{cost.Total:0.000000000}"), Show.Share(1)]));
        Work(page, cost);
        Tenants(page, cost);
        if (cost.Observed is { } observed)
        {
            page.Note($"Usage: {observed.Wording}.");
        }

        page.Note($"Price: {cost.PriceLabel}");
    }

    private static void Work(HtmlPage page, CostReport cost)
    {
        if (cost.Wasted is { } wasted)
        {
            page.Table(
                ["busy, by what it was for", "GPU-seconds", cost.Currency],
                cost.Work.Append(wasted).Select(part => (IReadOnlyList<string>)
                [
                    part.Name == "wasted" ? "wasted (refused and failed)" : part.Name,
                    Show.Inv($"{part.GpuSeconds:0.###}"),
                    Show.Inv($"{part.Amount:0.000000000}"),
                ]));
            page.Note($"Busy time by {cost.WorkFrom}.");
        }
    }

    private static void Tenants(HtmlPage page, CostReport cost)
    {
        if (cost.Tenants.Count > 1)
        {
            page.Table(
                ["tenant", "calls", "completed", "busy replica-seconds", cost.Currency],
                cost.Tenants.Select(tenant => (IReadOnlyList<string>)
                [
                    tenant.Tenant.Length > 0 ? tenant.Tenant : "(none)",
                    Show.Number(tenant.Calls),
                    Show.Number(tenant.Completed),
                    Show.Inv($"{tenant.ReplicaSeconds:0.###}"),
                    Show.Inv($"{tenant.Amount:0.000000000}"),
                ]));
        }
    }

    private static string Interval(CostReport cost) => cost.Interval is { } interval
        ? Show.Inv($"95 %: {interval.Low:0.00} to {interval.High:0.00} over {interval.Blocks} blocks")
        : $"no interval: {cost.NoInterval}";

    private static string Amount(Figure figure, string currency) => figure.Value is { } value ? Show.Inv($"{value:0.0000} {currency}") : figure.Why ?? "–";
}
