using System.Globalization;
using LoadLab.Core;

namespace LoadLab.LoadProbe;

/// <summary>The stall test, live: does the load generator see a stall of the service as its users would?</summary>
internal static class StallTest
{
    /// <summary>The bounds: centre in seconds and share either way.</summary>
    private static readonly (string Name, double Share, double Centre, double Within)[] s_bounds =
        [("p50", 0.50, 0.021, 0.20), ("p90", 0.90, 1.5, 0.05), ("p99", 0.99, 2.85, 0.03)];

    /// <summary>The same test of other tools, measured earlier on another day: specs/load-semantics.md 4B.</summary>
    private static readonly string[] s_peers =
    [
        "| loadtest 8.2.1 (published) | 1498 | 22 ms | 1.60 s | 2.34 s | 2.91 s |",
        "| artillery 2.0.34 (published) | 1500 | 25 ms | - | 2.32 s | 2.89 s |",
        "| httperf 0.9.0 (published) | 1500 | 23.5 ms | - | - | - |",
        "| wrk2 -d15 (published) | 1501 | 22 ms | 26 ms | - | 31 ms |",
        "| hey 0.1.4 (published) | 1220 | 22 ms | 24 ms | 25 ms | 27 ms |",
        "| autocannon 9.0.0 (published) | 1234 | 167 ms | 2.44 s | - | 2.95 s |",
        "| autocannon 9.0.0 -C (published) | 1230 | 21 ms | 26 ms | - | 71 ms |",
        "| wrk 4.1.0 (published) | 5465 | 21 ms | 24 ms | - | 30 ms |",
    ];

    public static async Task<int> RunAsync()
    {
        using var server = await ChildServer.StartAsync();
        var (summary, rows) = await ProbePlay.RunAsync(
            new Uri(server.Url, "/stall"),
            StallRule.Calls,
            StallRule.PerSecond,
            prepare: epoch => ArrivalsReport.GetAsync(new Uri(server.Url, string.Create(CultureInfo.InvariantCulture, $"/epoch?ns={epoch}"))));
        var seen = rows.Select(row => row.Latency?.Seconds ?? double.PositiveInfinity).Order().ToList();

        Console.WriteLine("| tool | sent | p50 | p90 | p95 | p99 |\n|---|---|---|---|---|---|");
        Console.WriteLine(Row("ideal (computed)", StallRule.Calls, StallRule.IdealSeconds));
        Console.WriteLine(Row("LoadLab (this run)", summary.Sent, seen));
        Array.ForEach(s_peers, Console.WriteLine);
        var failed = s_bounds.Where(bound => Math.Abs(Percentile.OfSorted(seen, bound.Share) - bound.Centre) > bound.Centre * bound.Within).ToList();
        foreach (var (name, share, centre, within) in failed)
        {
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} = {Percentile.OfSorted(seen, share):0.000} s is not within {within:0%} of {centre} s"));
        }

        if (summary.Sent != StallRule.Calls)
        {
            Console.Error.WriteLine($"{StallRule.Calls} calls were planned and {summary.Sent} sent");
        }

        return failed.Count == 0 && summary.Sent == StallRule.Calls ? 0 : 1;
    }

    private static string Row(string tool, int sent, IReadOnlyList<double> sorted) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {tool} | {sent} | {Percentile.OfSorted(sorted, 0.5) * 1e3:0.0} ms | {Percentile.OfSorted(sorted, 0.9):0.000} s | {Percentile.OfSorted(sorted, 0.95):0.000} s | {Percentile.OfSorted(sorted, 0.99):0.000} s |");
}
