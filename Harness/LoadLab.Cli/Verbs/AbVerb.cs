using System.CommandLine;
using LoadLab.Planning;
using LoadLab.Reports;

namespace LoadLab.Cli.Verbs;

/// <summary>ab SCENARIO --a A --b B: two policies on the same arrivals, paired differences with intervals.</summary>
internal static class AbVerb
{
    public static Command Create()
    {
        var scenario = new Argument<string>("SCENARIO") { Description = "the arrivals, the fleet, the SLO and the price" };
        var profile = Verb.Text("--profile", "service times: a file that calibrate wrote, or the name of a shipped profile");
        var a = new Option<string>("--a") { Description = "fixed:N, article-rule, article-rule:MIN..MAX, scenario, or a scenario file", Required = true };
        var b = new Option<string>("--b") { Description = "the other policy", Required = true };
        var seeds = Verb.Whole("--seeds", "how many arrivals to draw", 10, 2, 1000);
        var seed = Verb.Seed();
        var sku = Verb.Text("--sku", "price to use (default: the scenario's)");
        return new Command("ab", "Simulates two scaling rules on the same arrivals and compares them by pairs.") { scenario, profile, a, b, seeds, seed, sku }.Does((parsed, output) =>
        {
            var read = Scenario.Load(parsed.GetRequiredValue(scenario), parsed.GetValue(seed));
            var price = parsed.GetValue(sku) is { } named || read.Price is null ? CostVerb.OfSku(parsed.GetValue(sku)) : read.Price;
            var report = AbStudy.Run(read, Profiles.Load(parsed.GetValue(profile)).AtSpeedOf(read), parsed.GetRequiredValue(a), parsed.GetRequiredValue(b), parsed.GetValue(seeds), price);
            output.Document(report);
            Print(output, report);
            return ExitCode.Done;
        });
    }

    private static void Print(Output output, AbReport report)
    {
        output.Line(report.Wording);
        output.Line($"price: {report.PriceLabel}");
        output.Table("", ["figure", $"A: {report.A}", $"B: {report.B}", "A - B, 95 % paired", "unpaired", "verdict"], report.Metrics.Select(metric => (IReadOnlyList<string>)
        [
            $"{metric.Name}, {metric.Unit}",
            metric.A.Value is { } valueA ? Show.Number(valueA) : metric.A.Why ?? "–",
            metric.B.Value is { } valueB ? Show.Number(valueB) : metric.B.Why ?? "–",
            metric.Paired is { } paired ? $"{Show.Number(paired.Difference)} ± {Show.Number(paired.HalfWidth)}" : metric.By,
            metric.Paired is { } pair ? $"± {Show.Number(pair.UnpairedHalfWidth)}" : "–",
            metric.Verdict,
        ]));
    }
}
