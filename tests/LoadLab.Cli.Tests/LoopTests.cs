using System.Globalization;
using System.Text.Json;
using LoadLab.Core.Runs;
using LoadLab.Serving.Profiles;

namespace LoadLab.Cli.Tests;

/// <summary>The whole loop over two recorded runs of the real pico model.</summary>
public sealed class LoopTests(Workspace workspace)
{
    private static readonly string[] s_runFiles = ["run.json", "schedule.csv.gz", "calls.csv", "samples.csv", "server-samples.csv", "decisions.jsonl", "report.html", "report.json"];

    /// <summary>What law 4 promises to be the same bytes for the same scenario and seed.</summary>
    private static readonly string[] s_repeatable = ["schedule.csv.gz", "calls.csv", "samples.csv", "decisions.jsonl", "report.json"];

    [Fact]
    public async Task Run_leaves_a_whole_folder_and_one_document()
    {
        var (folder, document) = await workspace.FirstRun;
        Assert.All(s_runFiles, name => Assert.True(new FileInfo(Path.Combine(folder, name)) is { Exists: true, Length: > 0 }, name));

        var manifest = Workspace.CheckConservation(folder);
        Assert.Equal("completed", manifest.Status);
        Assert.Equal("real", manifest.Evidence);
        Assert.Equal(manifest.Planned, manifest.RealCalls);
        Assert.Equal(manifest.Planned, manifest.Outcomes!["completed"]);

        Assert.Equal(5UL, manifest.Seed);
        Assert.Equal(5, JsonDocument.Parse(File.ReadLines(Path.Combine(folder, RunFolder.DecisionsName)).First()).RootElement.GetProperty("seed").GetInt32());

        var root = JsonDocument.Parse(document).RootElement;
        Assert.Equal(manifest.Planned, root.GetProperty("planned").GetInt32());
        Assert.Equal(manifest.ScheduleSha256, root.GetProperty("schedule_sha256").GetString());
        Assert.True(root.GetProperty("calls_conserved").GetBoolean());
        Assert.False(root.GetProperty("partial").GetBoolean());
        Assert.InRange(root.GetProperty("latency").GetProperty("p95").GetProperty("value").GetDouble(), 1e-4, 60);
    }

    [Fact]
    public async Task Replay_of_a_recorded_journal_is_identical()
    {
        var (folder, _) = await workspace.FirstRun;
        var document = (await LoadLabProcess.RunAsync(workspace, "replay", folder, "--json")).Document();
        Assert.True(document.GetProperty("identical").GetBoolean());
        Assert.True(document.GetProperty("decisions").GetInt32() > 0);
        Assert.StartsWith("identical: ", (await LoadLabProcess.RunAsync(workspace, "replay", folder)).Exits(0).Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_names_the_line_of_a_decision_that_was_changed()
    {
        var (folder, _) = await workspace.FirstRun;
        var lines = File.ReadAllLines(Path.Combine(folder, RunFolder.DecisionsName));
        var changed = Array.FindIndex(lines, lines.Length / 2, line => line.Contains("\"kind\":\"decision\"", StringComparison.Ordinal) && line.Contains("\"reason\":\"", StringComparison.Ordinal));
        var at = lines[changed].IndexOf("\"reason\":\"", StringComparison.Ordinal) + "\"reason\":\"".Length;
        lines[changed] = $"{lines[changed][..at]}{(char)(lines[changed][at] ^ 1)}{lines[changed][(at + 1)..]}";
        var journal = workspace.Write(RunFolder.DecisionsName, string.Join('\n', lines) + "\n");

        var ended = (await LoadLabProcess.RunAsync(workspace, "replay", journal)).Exits(1);
        Assert.StartsWith($"different at line {changed + 1}\n", ended.Stdout, StringComparison.Ordinal);
        Assert.Contains(lines[changed], ended.Stdout);
    }

    [Fact]
    public async Task Report_writes_page_and_document_again_and_one_page_for_several_runs()
    {
        var (first, _) = await workspace.FirstRun;
        var (second, _) = await workspace.SecondRun;
        var copy = Copy(first);
        File.Delete(Path.Combine(copy, RunReports.PageName));
        File.Delete(Path.Combine(copy, RunReports.DocumentName));
        var page = workspace.NewPath("page") + ".html";

        var document = (await LoadLabProcess.RunAsync(workspace, "report", copy, second, "--out", page, "--json")).Document();
        Assert.Equal(2, document.GetArrayLength());
        Assert.Equal(File.ReadAllText(Path.Combine(first, RunReports.DocumentName)), File.ReadAllText(Path.Combine(copy, RunReports.DocumentName)));
        foreach (var html in new[] { page, Path.Combine(copy, RunReports.PageName) })
        {
            var text = File.ReadAllText(html);
            Assert.Contains("<svg", text);
            Assert.DoesNotContain("src=\"http", text);
        }
    }

    [Fact]
    public async Task Cost_is_the_sum_of_its_parts_to_the_cent()
    {
        var (folder, _) = await workspace.FirstRun;
        var cost = (await LoadLabProcess.RunAsync(workspace, "cost", folder, "--json")).Document();
        var parts = cost.GetProperty("parts").EnumerateArray().ToList();
        Assert.Equal(cost.GetProperty("total").GetDecimal(), parts.Sum(part => part.GetProperty("amount").GetDecimal()));
        Assert.Equal(cost.GetProperty("total_cents").GetDecimal(), parts.Sum(part => part.GetProperty("cents").GetDecimal()));
        Assert.Equal(cost.GetProperty("gpu_hours").GetDouble() * 3600, parts.Sum(part => part.GetProperty("gpu_seconds").GetDouble()), 1e-6);
        Assert.True(cost.GetProperty("priced_as_if").GetBoolean());
        Assert.True(cost.GetProperty("per_thousand").GetProperty("value").GetDouble() > 0);
        var other = (await LoadLabProcess.RunAsync(workspace, "cost", folder, "--sku", "none/none/none")).Exits(2);
        Assert.Contains("--sku = \"none/none/none\" is not in the price table; near it: ", Assert.Single(other.ErrorLines));
    }

    [Fact]
    public async Task Calibrated_profile_predicts_a_run_with_a_stated_error()
    {
        var profile = ProfileFile.Read(await workspace.Profile);
        var (first, _) = await workspace.FirstRun;
        var (second, _) = await workspace.SecondRun;
        var real = RunFolder.Open(first).ReadManifest().RealCalls + RunFolder.Open(second).ReadManifest().RealCalls;
        Assert.Equal(real, profile.RealCalls);

        var fidelity = (await LoadLabProcess.RunAsync(workspace, "fidelity", first, "--profile", await workspace.Profile, "--json")).Document();
        Assert.Equal(real, fidelity.GetProperty("profile_real_calls").GetInt32());
        Assert.True(fidelity.GetProperty("calibrated_on_this_run").GetBoolean());
        Assert.Contains(fidelity.GetProperty("rows").EnumerateArray(), row => row.GetProperty("name").GetString() == "p95 latency");
    }

    [Fact]
    public async Task Simulate_twice_gives_the_same_bytes()
    {
        var scenario = workspace.PicoScenario("twice", 11, "60s", "20/s");
        var (a, documentA) = await Simulate(scenario, "--json");
        var (b, documentB) = await Simulate(scenario, "--json");
        Assert.Equal(Path.GetFileName(a), Path.GetFileName(b));
        Assert.All(s_repeatable, name => Assert.True(File.ReadAllBytes(Path.Combine(a, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(b, name))), name));
        Assert.Equal(documentA, documentB);
        JsonDocument.Parse(documentA);

        var manifest = Workspace.CheckConservation(a);
        Assert.Equal("simulated", manifest.Evidence);
        Assert.Equal(0, manifest.RealCalls);
        Assert.True(manifest.ProfileRealCalls > 0);
        Assert.StartsWith("identical: ", (await LoadLabProcess.RunAsync(workspace, "replay", a)).Exits(0).Stdout, StringComparison.Ordinal);

        var (other, _) = await Simulate(scenario, "--json", "--seed", "12");
        Assert.NotEqual(Path.GetFileName(a), Path.GetFileName(other));
        Assert.NotEqual(File.ReadAllText(Path.Combine(a, "calls.csv")), File.ReadAllText(Path.Combine(other, "calls.csv")));
    }

    [Fact]
    public async Task Simulated_day_says_what_the_live_run_of_the_same_scenario_planned()
    {
        var (live, _) = await workspace.FirstRun;
        var (simulated, _) = await Simulate(workspace.PicoScenario("first", 5, "3s"));
        Assert.Equal(RunFolder.Open(live).ReadManifest().ScheduleSha256, RunFolder.Open(simulated).ReadManifest().ScheduleSha256);
        Assert.Equal(File.ReadAllBytes(Path.Combine(live, "schedule.csv.gz")), File.ReadAllBytes(Path.Combine(simulated, "schedule.csv.gz")));
    }

    [Fact]
    public async Task Ab_compares_by_pairs_and_repeats_to_the_byte()
    {
        string[] arguments = ["ab", workspace.PicoScenario("ab", 3, "30s", "20/s"), "--profile", await workspace.Profile, "--a", "fixed:1", "--b", "fixed:2", "--seeds", "3", "--json"];
        var first = await LoadLabProcess.RunAsync(workspace, arguments);
        var document = first.Document();
        Assert.Equal(3, document.GetProperty("seeds").GetInt32());
        var cost = document.GetProperty("metrics").EnumerateArray().Single(metric => metric.GetProperty("name").GetString() == "cost per 1000 completed");
        Assert.True(cost.GetProperty("a").GetProperty("value").GetDouble() < cost.GetProperty("b").GetProperty("value").GetDouble());
        Assert.Equal(first.Stdout, (await LoadLabProcess.RunAsync(workspace, arguments)).Stdout);
    }

    [Fact]
    public async Task Ab_takes_the_scenario_s_own_fleet_as_it_stands()
    {
        var scenario = workspace.PicoScenario("own-fleet", 3, "20s", "20/s");
        File.AppendAllText(scenario, "fleet: { replicas: 3 }\n");
        var document = (await LoadLabProcess.RunAsync(workspace, "ab", scenario, "--profile", await workspace.Profile, "--a", "scenario", "--b", "fixed:3", "--seeds", "2", "--json")).Document();
        Assert.All(document.GetProperty("metrics").EnumerateArray(), metric => Assert.Equal(metric.GetProperty("a").GetRawText(), metric.GetProperty("b").GetRawText()));
    }

    [Fact]
    public async Task Simulate_that_misses_its_SLO_is_exit_1_and_says_which()
    {
        var scenario = workspace.PicoScenario("missed", 3, "5s");
        File.AppendAllText(scenario, "slo: { p95: 1us }\n");
        var ended = (await LoadLabProcess.RunAsync(workspace, "simulate", scenario, "--profile", await workspace.Profile, "--out", workspace.NewPath("sim"))).Exits(1);
        Assert.StartsWith("SLO not met: p95", Assert.Single(ended.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("arrivals")]
    [InlineData("host/cpu.util")]
    public async Task Forecast_predicts_a_recorded_series(string series)
    {
        var (folder, _) = await workspace.FirstRun;
        var document = (await LoadLabProcess.RunAsync(workspace, "forecast", folder, "--series", series, "--step", "150ms", "--horizon", "2", "--json")).Document();
        Assert.Equal(2, document.GetProperty("forecast").GetProperty("steps").GetArrayLength());
        Assert.False(string.IsNullOrEmpty(document.GetProperty("chosen").GetString()));
    }

    [Fact]
    public async Task Forecast_reads_a_series_from_a_file()
    {
        var rows = Enumerable.Range(0, 60).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i},{100 + (10 * i)}"));
        var file = workspace.Write("line.csv", $"t_s,value\n{string.Join('\n', rows)}\n");
        var document = (await LoadLabProcess.RunAsync(workspace, "forecast", file, "--horizon", "3", "--json")).Document();
        var first = document.GetProperty("forecast").GetProperty("steps")[0].GetProperty("point").GetDouble();
        Assert.InRange(first, 690, 710);
    }

    [Fact]
    public async Task Trace_inspect_counts_a_run_s_own_schedule()
    {
        var (folder, _) = await workspace.FirstRun;
        var document = (await LoadLabProcess.RunAsync(workspace, "trace", "inspect", Path.Combine(folder, "schedule.csv.gz"), "--json")).Document();
        Assert.Equal(RunFolder.Open(folder).ReadManifest().Planned, document.GetProperty("rows").GetInt32());
        Assert.Equal(0, document.GetProperty("malformed").GetInt32());
    }

    [Fact]
    public async Task Doctor_prints_one_document()
    {
        var document = (await LoadLabProcess.RunAsync(workspace, "doctor", "--json")).Document();
        Assert.Contains(document.GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("part").GetString() == "wan2.2-ti2v-5b-pico");
        Assert.Contains(document.GetProperty("fits").EnumerateArray(), fit => fit.GetProperty("device").GetString() == "24 GiB card" && fit.GetProperty("peak_bytes").GetInt64() > 1L << 30);
    }

    private async Task<(string Folder, string Stdout)> Simulate(string scenario, params string[] more)
    {
        var root = workspace.NewPath("sim");
        var ended = (await LoadLabProcess.RunAsync(workspace, ["simulate", scenario, "--profile", await workspace.Profile, "--out", root, .. more])).Exits(0);
        return (Assert.Single(Directory.GetDirectories(root)), ended.Stdout);
    }

    private string Copy(string folder)
    {
        var copy = Directory.CreateDirectory(workspace.NewPath("copy")).FullName;
        foreach (var file in Directory.GetFiles(folder))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return copy;
    }
}
