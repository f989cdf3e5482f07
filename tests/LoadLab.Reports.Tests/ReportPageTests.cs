using System.Text;
using System.Text.RegularExpressions;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Planning;

namespace LoadLab.Reports.Tests;

public sealed partial class ReportPageTests
{
    [Fact]
    public void Complete_run_shows_every_part()
    {
        using var run = new TestRun();
        var html = TestRun.Page(run.Complete());
        Assert.Equal(
            ["Arrivals, planned and sent", "Latency of each call, at its intended time", "Latency distribution over planned calls (one that did not complete never arrives)", "Utilisation", "CPU used", "Memory", "Queue", "Lateness of the load engine: sent − intended"],
            Captions(html));
        Assert.Contains("<b>11 / 12</b>", html, StringComparison.Ordinal);
        Assert.Contains("Behind these numbers stand 11 real calls on cpu: test.", html, StringComparison.Ordinal);
        Assert.Contains("<td>rejected</td><td>429</td><td class=\"n\">1</td>", html, StringComparison.Ordinal);
        Assert.Contains("did not complete", html, StringComparison.Ordinal);
        Assert.Contains("wan2.2-ti2v-5b-nano 160x96, 9 frames, 8 steps", html, StringComparison.Ordinal);
        Assert.Contains("&quot;schedule_sha256&quot;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Partial", html, StringComparison.Ordinal);
        Assert.DoesNotContain("was not seen from inside", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Plots_of_a_run_share_one_time_axis()
    {
        using var run = new TestRun();
        var axes = Figures().Matches(TestRun.Page(run.Complete())).Select(figure => figure.Value)
            .Where(figure => figure.Contains("time since the start of the run, s", StringComparison.Ordinal))
            .Select(figure => string.Join(' ', TimeTicks().Matches(figure).Select(tick => $"{tick.Groups[2].Value}@{tick.Groups[1].Value}")))
            .ToList();
        Assert.Equal(7, axes.Count);
        Assert.Single(axes.Distinct());
        Assert.Contains("10@", axes[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Run_whose_calls_all_completed_has_no_key_for_those_that_did_not()
    {
        using var run = new TestRun();
        var html = TestRun.Page(run.Write(TestRun.Manifest, [.. TestRun.Calls.Where(call => call.Outcome == Outcome.Completed)], TestRun.Samples));
        Assert.DoesNotContain("did not complete (", html, StringComparison.Ordinal);
        Assert.Contains("service time of the same call", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Killed_run_is_called_partial_and_counts_the_real_calls_in_its_rows()
    {
        using var run = new TestRun();
        var manifest = TestRun.Manifest with { Status = "running", Verdict = null, RealCalls = 0, Quality = null };
        var html = TestRun.Page(run.Write(manifest, [.. TestRun.Calls.Take(5)], TestRun.Samples, TestRun.ServerSamples));
        Assert.Contains("Partial: the process that recorded this run did not end it.", html, StringComparison.Ordinal);
        Assert.Contains("Behind these numbers stand 5 real calls on cpu: test.", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("interrupted", "Partial: this run was interrupted.")]
    [InlineData("failed", "This run failed")]
    public void Run_that_did_not_end_well_says_so_before_its_numbers(string status, string words)
    {
        using var run = new TestRun();
        var html = TestRun.Page(run.Write(TestRun.Manifest with { Status = status }, TestRun.Calls, TestRun.Samples, TestRun.ServerSamples));
        Assert.InRange(html.IndexOf(words, StringComparison.Ordinal), 0, html.IndexOf("<div class=\"tiles\">", StringComparison.Ordinal));
    }

    [Fact]
    public void Folder_with_nothing_but_its_manifest_still_gives_a_page()
    {
        using var run = new TestRun();
        var folder = run.Write(TestRun.Manifest with { Status = "running", RealCalls = 0 }, [], []);
        File.Delete(folder.File(CallsFile.Name));
        File.Delete(folder.File(SamplesFile.Name));
        var html = TestRun.Page(folder);
        Assert.Contains("nothing recorded", html, StringComparison.Ordinal);
        Assert.Contains("No call was planned or recorded.", html, StringComparison.Ordinal);
        Assert.Contains("Nothing was sampled during this run.", html, StringComparison.Ordinal);
        Assert.Contains("<b>0 / 0</b>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Simulated_run_names_the_profile_s_real_calls_and_has_no_lateness()
    {
        using var run = new TestRun();
        var manifest = TestRun.Manifest with { Evidence = "simulated", RealCalls = 0, ProfileRealCalls = 54, Device = "H100", Quality = null };
        Sample[] samples = [.. Enumerable.Range(0, 12).SelectMany(i => new[]
        {
            TestRun.Sample(i, "server", "busy.share", "share", 0.5),
            TestRun.Sample(i, "server", "replicas", "replicas", 1 + (i / 4)),
            TestRun.Sample(i, "server", "replicas.busy", "replicas", 1),
        })];
        var html = TestRun.Page(run.Write(manifest, TestRun.Calls, samples));
        Assert.Contains("<span class=\"tag simulated\">simulated</span>", html, StringComparison.Ordinal);
        Assert.Contains("54 real calls, those of the profile (H100); none of the 12 calls below ran on a device", html, StringComparison.Ordinal);
        Assert.DoesNotContain("ateness", html[html.IndexOf("<h2", StringComparison.Ordinal)..html.IndexOf("<details", StringComparison.Ordinal)], StringComparison.Ordinal);
        Assert.DoesNotContain("left no", html, StringComparison.Ordinal);
        Assert.Equal(["Utilisation", "Replicas"], Captions(html).Skip(3));
        var replicas = Figures().Matches(html).Last().Value;
        Assert.Contains("V", PathOf(replicas), StringComparison.Ordinal);
        Assert.DoesNotContain("L", PathOf(replicas), StringComparison.Ordinal);
    }

    [Fact]
    public void Emulated_run_is_not_called_real()
    {
        using var run = new TestRun();
        var html = TestRun.Page(run.Write(TestRun.Manifest with { Evidence = "emulated", RealCalls = 0, ProfileRealCalls = 54 }, TestRun.Calls, TestRun.Samples, TestRun.ServerSamples));
        Assert.Contains("<span class=\"tag emulated\">emulated</span>", html, StringComparison.Ordinal);
        Assert.Contains("54 real calls, those of the profile", html, StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"tag real\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_without_the_server_s_files_says_what_was_not_seen()
    {
        using var run = new TestRun();
        var html = TestRun.Page(run.Write(TestRun.Manifest, TestRun.Calls, TestRun.Samples));
        Assert.Contains("The server left no server-samples.csv, as with a remote target", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Queue", Captions(html));
        Assert.Contains("Memory", Captions(html));
    }

    [Fact]
    public void Every_replica_and_every_gpu_is_drawn_in_order_of_number()
    {
        using var run = new TestRun();
        Sample[] samples = [.. new[] { "gpu10", "gpu2", "gpu0", "gpux" }.SelectMany(gpu => Enumerable.Range(0, 3).Select(i => TestRun.Sample(i, gpu, "kernel.active", "share", 0.5)))];
        var html = TestRun.Page(run.Write(TestRun.Manifest, TestRun.Calls, samples));
        Assert.Equal(["kernel-active of GPU 0", "kernel-active of GPU 2", "kernel-active of GPU 10"], Keys().Matches(html).Select(key => key.Groups[1].Value).Where(key => key.StartsWith("kernel", StringComparison.Ordinal)));
    }

    [Fact]
    public void Hostile_names_reasons_and_manifests_are_escaped()
    {
        using var run = new TestRun();
        const string Hostile = "\"><script src='https://example.com/a.js'></script>";
        var manifest = TestRun.Manifest with { Scenario = Hostile, Verdict = Hostile, Parts = Hostile, Device = Hostile, ScenarioText = Hostile };
        var calls = TestRun.Calls.Select(call => call.Outcome == Outcome.Rejected ? call with { Reason = Hostile } : call with { ServedModel = Hostile }).ToList();
        var html = TestRun.Page(run.Write(manifest, calls, TestRun.Samples));
        SelfContained.Check(html);
        Assert.Contains("<td>&quot;&gt;&lt;script src=", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_fetches_nothing()
    {
        using var run = new TestRun();
        var html = TestRun.Page(run.Complete());
        SelfContained.Check(html);
        Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_that_missed_its_gate_warns_with_its_verdict()
    {
        using var run = new TestRun();
        var manifest = TestRun.Manifest with { Quality = TestRun.Manifest.Quality! with { LatenessPassed = false } };
        Assert.Contains("<p class=\"warning\">11 of 12 planned calls completed.</p>", TestRun.Page(run.Write(manifest, TestRun.Calls, TestRun.Samples)), StringComparison.Ordinal);
        Assert.Contains("<p>11 of 12 planned calls completed.</p>", TestRun.Page(run.Complete()), StringComparison.Ordinal);
    }

    [Fact]
    public void Checks_of_how_the_load_was_played_stand_above_the_figures()
    {
        using var run = new TestRun();
        QualityCheck[] checks =
        [
            new("lateness", 25, "ms", 20, false, true, "p99 of sent - intended 25 ms"),
            new("polling", 0.01, "share", 0.08, true, false, "known to within 1 %"),
            new("saturation", null, "", 0, false, false, "saturated at 60 s"),
        ];
        var html = TestRun.Page(run.Write(TestRun.Manifest with { Quality = TestRun.Manifest.Quality! with { Checks = checks } }, TestRun.Calls, TestRun.Samples));
        Assert.Contains("<p class=\"warning\">Not to be trusted: lateness: p99 of sent - intended 25 ms.</p>", html, StringComparison.Ordinal);
        Assert.Contains("<p class=\"warning\">To mind: saturation: saturated at 60 s.</p>", html, StringComparison.Ordinal);
        Assert.Contains("<td>lateness</td><td>failed</td><td class=\"n\">25 ms</td><td class=\"n\">20 ms</td><td>p99 of sent - intended 25 ms</td>", html, StringComparison.Ordinal);
        Assert.Contains("<td>polling</td><td>passed</td><td class=\"n\">1.0 %</td><td class=\"n\">8.0 %</td>", html, StringComparison.Ordinal);
        Assert.True(html.IndexOf("<td>lateness</td>", StringComparison.Ordinal) < html.IndexOf("class=\"tiles\"", StringComparison.Ordinal));
        SelfContained.Check(html);
    }

    [Fact]
    public void Comparison_shows_its_evidence_its_verdicts_its_assumptions_and_why_a_figure_is_absent()
    {
        var html = ReportPage.Render(new ReportContent { Title = "t", Ab = Studies.Ab });
        Assert.Contains("<span class=\"tag simulated\">simulated</span> simulated on the same arrivals over 2 seeds", html, StringComparison.Ordinal);
        Assert.Contains("<td class=\"n\">-2.5 &#177; 1.27</td><td class=\"n\">&#177; 1.72</td><td>A lower</td>", html, StringComparison.Ordinal);
        Assert.Contains("<td class=\"n\">not finite in 1 of 2 seeds</td>", html, StringComparison.Ordinal);
        Assert.Contains("<li>batches of two take twice as long</li>", html, StringComparison.Ordinal);
        Assert.Contains("A p95 that is infinite", html, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;nothing", html, StringComparison.Ordinal);
        Assert.Equal([1, 2], Figures().Matches(html).SelectMany(figure => PathData().Matches(figure.Value)).Select(path => path.Groups[1].Value.Count(c => c == 'M')));
        SelfContained.Check(html);
    }

    [Fact]
    public void Bill_shows_where_it_went_who_pays_and_that_nothing_was_rented()
    {
        var html = ReportPage.Render(new ReportContent { Title = "t", Costs = [("As played", Studies.Cost)] });
        Assert.Contains("As played: priced as if", html, StringComparison.Ordinal);
        Assert.Contains("nothing was rented (real, 11 real calls", html, StringComparison.Ordinal);
        Assert.Contains("<td>load (cold starts)</td><td class=\"n\">180</td><td class=\"n\">0.100000000</td><td class=\"n\">10.0 %</td>", html, StringComparison.Ordinal);
        Assert.Contains("<td>total</td><td class=\"n\">1800</td><td class=\"n\">1.000000000</td>", html, StringComparison.Ordinal);
        Assert.Contains("no interval: fewer than 8 blocks", html, StringComparison.Ordinal);
        Assert.Contains("<td>studio</td><td class=\"n\">6</td><td class=\"n\">5</td>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Forecast_shows_every_model_and_the_interval_of_the_chosen_one()
    {
        double[] times = [.. Enumerable.Range(0, 60).Select(i => (double)i)];
        var series = new Series("arrivals", "calls / s", times, [.. times.Select(t => 2 + Math.Sin(t / 5))]);
        var report = Forecast.ForecastReport.Of(series, new Forecast.BacktestOptions { Calibration = new Forecast.CalibrationOptions { Horizon = 5 } }, Forecast.ForecastReport.Pool());
        var html = ReportPage.Render(new ReportContent { Title = "t", Forecasts = [(report, "Recorded during 41 real calls.")] });
        Assert.Contains("Recorded during 41 real calls.", html, StringComparison.Ordinal);
        Assert.Contains($"<td>{report.Chosen} (chosen)</td>", html, StringComparison.Ordinal);
        Assert.Equal(["measured", "forecast one step before", "80 % interval", "forecast"], Keys().Matches(html).Select(key => key.Groups[1].Value));
        Assert.Contains("<path class=\"area ", html, StringComparison.Ordinal);
        SelfContained.Check(html);
    }

    [Fact]
    public void Fifty_thousand_calls_give_a_page_of_bounded_size()
    {
        using var run = new TestRun();
        var random = new Random(1);
        var calls = Enumerable.Range(0, 50_000).Select(i => i % 100 == 5 ? TestRun.Rejected(i, $"reason {i}") : TestRun.Completed(i, 0.5 + (10 * random.NextDouble()))).ToList();
        var samples = Enumerable.Range(0, 50_000).Select(i => TestRun.Sample(i, "host", "cpu.util", "share", random.NextDouble())).ToList();
        var html = TestRun.Page(run.Write(TestRun.Manifest with { Planned = calls.Count }, calls, samples));
        Assert.All(Figures().Matches(html), figure => Assert.InRange(figure.Length, 1000, 500_000));
        Assert.InRange(html.Length, 10_000, 1_000_000);
        Assert.Contains("p95 of each slice of time", html, StringComparison.Ordinal);
        Assert.Contains("time since the start of the run, h", html, StringComparison.Ordinal);
        Assert.Contains("461 more reasons, of 461 calls, are in calls.csv.", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_of_a_small_run_is_the_golden_page_byte_for_byte_every_time()
    {
        using var run = new TestRun();
        var folder = run.Complete();
        var html = Golden(folder);
        Assert.Equal(html, Golden(folder));
        var path = Repository.Golden("page.html");
        if (Environment.GetEnvironmentVariable("LOADLAB_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, html, new UTF8Encoding(false));
        }

        Assert.Equal(File.ReadAllText(path), html);
    }

    private static string Golden(RunFolder folder) => ReportPage.Render(new ReportContent
    {
        Title = "LoadLab: evening",
        Lead = ["One small run."],
        Headlines =
        [
            new Headline("p95 latency over planned calls", "never", "real", "11 real calls on cpu: test"),
            new Headline("p95 latency, predicted", "0.52 s", "simulated", "measured 0.50 s, error +4.0 %; 54 real calls behind the profile"),
        ],
        Runs = [folder],
        Tables = [new ReportTable("A table", "Of the caller's own.", ["shape", "calls", "why"], [["160x96", "11", "measured"]]) { TextColumns = [2] }],
        Fidelity = new FidelityView("evening", "cpu: test", 54, 11, 20, false, [new FidelityRow("p95 latency", "s", 0.5, 0.52, 0.5, 0.55, 0.3, 0.7)]),
        Ab = Studies.Ab,
        Costs = [("As played", Studies.Cost)],
    });

    private static List<string> Captions(string html) => [.. Caption().Matches(html).Select(caption => caption.Groups[1].Value)];

    private static string PathOf(string figure) => PathData().Match(figure).Groups[1].Value;

    [GeneratedRegex("<figcaption>(.*?)</figcaption>")]
    private static partial Regex Caption();

    [GeneratedRegex("<figure>.*?</figure>", RegexOptions.Singleline)]
    private static partial Regex Figures();

    [GeneratedRegex("<text class=\"tick\" text-anchor=\"middle\" x=\"([0-9.]+)\" y=\"[0-9.]+\">([^<]*)<")]
    private static partial Regex TimeTicks();

    [GeneratedRegex("<span class=\"key c[0-9]\">(.*?)</span>")]
    private static partial Regex Keys();

    [GeneratedRegex(" d=\"([^\"]*)\"")]
    private static partial Regex PathData();
}
