using System.Text.Json;

namespace LoadLab.Cli.Tests;

/// <summary>simulate as a user starts it.</summary>
public sealed class SimulateTests(Workspace workspace)
{
    private static readonly string[] s_outcomes = ["completed", "rejected", "timedout", "failed", "abandoned", "unfinished"];

    [Fact]
    public async Task Replications_are_the_same_bytes_whatever_the_threads_and_the_first_is_the_run_itself()
    {
        var alone = await Simulate("Scenarios/demo-day.yaml", "wan2.2-t2v-a14b-h100-1gpu");
        var one = await Simulate("Scenarios/demo-day.yaml", "wan2.2-t2v-a14b-h100-1gpu", "--replications", "5", "--threads", "1");
        var two = await Simulate("Scenarios/demo-day.yaml", "wan2.2-t2v-a14b-h100-1gpu", "--replications", "5", "--threads", "2");
        Assert.Equal(one.Stdout, two.Stdout);

        var replications = one.Document().GetProperty("replications");
        Assert.Equal(5, replications.GetProperty("rows").GetArrayLength());
        Assert.Equal(alone.Document().GetProperty("schedule_sha256").GetString(), replications.GetProperty("rows")[0].GetProperty("schedule_sha256").GetString());
        Assert.Equal(5, replications.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("schedule_sha256").GetString()).Distinct().Count());
        Assert.All(replications.GetProperty("figures").EnumerateArray(), figure => Assert.True(figure.GetProperty("half_width").GetDouble() > 0, figure.ToString()));
        Assert.Equal(JsonValueKind.Null, alone.Document().GetProperty("replications").ValueKind);
    }

    [Fact]
    public async Task Run_without_rows_says_the_same_within_the_width_of_a_bucket_and_leaves_no_row()
    {
        var rows = (await Simulate("Scenarios/demo-day.yaml", "wan2.2-t2v-a14b-h100-1gpu")).Document();
        var none = (await Simulate("Scenarios/demo-day.yaml", "wan2.2-t2v-a14b-h100-1gpu", "--calls", "none", "--out", "without-rows")).Document();
        Counts(none);
        Assert.All(s_outcomes.Append("planned"), name => Assert.Equal(rows.GetProperty(name).GetInt32(), none.GetProperty(name).GetInt32()));
        foreach (var name in new[] { "p50", "p90", "p95", "p99" })
        {
            var (exact, bucket) = (Latency(rows, name), Latency(none, name));
            Assert.InRange(bucket, exact, exact * 1.001);
        }

        Assert.Equal(rows.GetProperty("goodput").GetProperty("value").GetDouble(), none.GetProperty("goodput").GetProperty("value").GetDouble());
        var folder = Directory.GetDirectories(Path.Combine(workspace.Folder, "without-rows")).Single();
        Assert.Equal(["histograms.csv", "report.json", "run.json", "samples.csv"], Directory.GetFiles(folder).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));

        static double Latency(JsonElement document, string name) => document.GetProperty("latency").GetProperty(name).GetProperty("value").GetDouble();
    }

    [Fact]
    public async Task Day_of_a_fleet_of_32_GPUs_is_simulated_and_billed_by_the_GPUs_of_each_kind()
    {
        var document = (await Simulate("Scenarios/fleet-day.yaml", Repository.At("Scenarios", "profiles", "wan22-published.yaml"))).Document();
        Counts(document);
        Assert.Equal("simulated", document.GetProperty("evidence").GetString());
        Assert.True(document.GetProperty("completed").GetInt32() > 1000);
        Assert.Contains("batches by ", document.GetProperty("verdict").GetString(), StringComparison.Ordinal);
        var folder = Directory.GetDirectories(Path.Combine(workspace.Folder, "runs"), "fleet-day-sim-*").Single();
        var cost = (await LoadLabProcess.RunAsync(workspace, "cost", folder, "--json")).Document();

        // Of 24 hours and a quarter of 32 GPUs, no more can be paid for; the node of single GPUs stands all day.
        Assert.InRange(cost.GetProperty("gpu_hours").GetDouble(), 24.25 * 16, 24.5 * 32);
    }

    [Fact]
    public async Task Profile_of_many_kinds_asks_a_scenario_without_kinds_which_it_has()
    {
        var refused = (await LoadLabProcess.RunAsync(workspace, "simulate", Repository.At("Scenarios", "demo-day.yaml"), "--profile", "wan22-published")).Exits(2);
        Assert.Contains("fleet.kinds", refused.Stderr, StringComparison.Ordinal);
        Assert.Contains("8 x h100", refused.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("servegen-fortnight", 14 * 86400)]
    [InlineData("worldcup-52-days", 51 * 86400)]
    public async Task Weeks_of_a_recorded_service_are_simulated_end_to_end(string name, double leastSeconds)
    {
        Assert.SkipUnless(Directory.Exists(Repository.Shared), "it replays a trace of ../shared, which is not beside this checkout");
        var document = (await Simulate($"Scenarios/traces/{name}.yaml", "wan2.2-t2v-a14b-h100-8gpu", "--calls", "none")).Document();
        Counts(document);
        Assert.InRange(document.GetProperty("planned").GetInt32(), 100_000, 200_000);
        Assert.Equal(document.GetProperty("planned").GetInt32(), document.GetProperty("completed").GetInt32());
        Assert.True(document.GetProperty("window_seconds").GetDouble() >= leastSeconds);
    }

    /// <summary>planned and the six outcomes stand in the document under their names, and add up.</summary>
    private static void Counts(JsonElement document) =>
        Assert.Equal(document.GetProperty("planned").GetInt32(), s_outcomes.Sum(name => document.GetProperty(name).GetInt32()));

    private async Task<Ended> Simulate(string scenario, string profile, params string[] options) =>
        (await LoadLabProcess.RunAsync(workspace, ["simulate", Repository.At(scenario.Split('/')), "--profile", profile, "--json", .. options])).Exits(0);
}
