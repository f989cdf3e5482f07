using System.CommandLine;
using System.Globalization;
using LoadLab.Core.Runs;
using LoadLab.Planning;
using LoadLab.Reports;

namespace LoadLab.Cli.Verbs;

/// <summary>cost RUN: what a thousand completed calls cost, split, with its interval.</summary>
internal static class CostVerb
{
    private const string DefaultSku = "verda/h100-sxm/on-demand";

    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "a run folder with a journal, or with observed replicas" };
        var sku = Verb.Text("--sku", $"price to use, provider/gpu/tier (default: the scenario's, else {DefaultSku})");
        return new Command("cost", "Prices a run: cost per 1000 completed calls, split into busy, idle, load, drain and down.") { run, sku }.Does((parsed, output) =>
        {
            var folder = RunIntegrity.Open(parsed.GetRequiredValue(run));
            var cost = RunCosts.Cost(folder, Price(parsed.GetValue(sku), folder.ReadManifest()));
            output.Document(cost);
            Print(output, cost);
            return cost.CompletedCalls > 0 ? ExitCode.Done : ExitCode.Failed;
        });
    }

    public static PriceOptions Price(string? sku, RunManifest manifest) =>
        sku is null && RunCosts.PriceOf(manifest) is { } own ? own : OfSku(sku);

    /// <summary>A price of the shipped table.</summary>
    public static PriceOptions OfSku(string? sku) => PriceTable.Shipped.Find(sku ?? DefaultSku) is { } price
        ? new PriceOptions { Price = price }
        : throw Verb.Bad("--sku", sku, "is not in the price table", $"near it: {string.Join(", ", PriceTable.Shipped.Near(sku ?? "", 5))}");

    private static void Print(Output output, CostReport cost)
    {
        output.Line(cost.Wording);
        if (cost.Observed is { } observed)
        {
            output.Line($"usage: {observed.Wording}");
        }

        output.Line($"price: {cost.PriceLabel}");
        output.Table("", ["where it went", "GPU-seconds", cost.Currency, "cents add up to the total"], cost.Parts
            .Select(part => (IReadOnlyList<string>)[part.Name, Text($"{part.GpuSeconds:0.000}"), Text($"{part.Amount:0.000000000}"), Text($"{part.Cents:0.00}")])
            .Append(["total", Text($"{cost.Parts.Sum(part => part.GpuSeconds):0.000}"), Text($"{cost.Total:0.000000000}"), Text($"{cost.TotalCents:0.00}")]));
        if (cost.Wasted is { } wasted)
        {
            output.Table("", ["busy, by what it was for", "GPU-seconds", cost.Currency, "cents add up to busy"], cost.Work
                .Select(part => (IReadOnlyList<string>)[part.Name, Text($"{part.GpuSeconds:0.000}"), Text($"{part.Amount:0.000000000}"), Text($"{part.Cents:0.00}")]));
            output.Line(Text($"wasted on clips refused after they ran and on attempts that failed: {wasted.GpuSeconds:0.000} GPU-seconds, {wasted.Amount:0.000000000} {cost.Currency} (by {cost.WorkFrom})"));
        }

        output.Line(cost.PerThousand.Value is { } perThousand
            ? Text($"per 1000 completed calls: {perThousand:0.0000} {cost.Currency} ({(cost.Interval is { } interval ? Text($"95 % {interval.Low:0.0000} to {interval.High:0.0000}") : $"no interval: {cost.NoInterval}")})")
            : $"per 1000 completed calls: {cost.PerThousand.Why}");
        output.Line($"busy share {Show.Share(cost.BusyShare.Value ?? double.NaN)} of {cost.GpuHours.ToString("0.####", CultureInfo.InvariantCulture)} GPU-hours, {cost.CompletedCalls} of {cost.PlannedCalls} calls completed");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
