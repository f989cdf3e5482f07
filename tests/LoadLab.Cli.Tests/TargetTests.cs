using System.Text.Json;
using LoadLab.Core.Runs;

namespace LoadLab.Cli.Tests;

/// <summary>Services that misbehave, over HTTP: nothing completed is never exit 0, and every call keeps its own reason.</summary>
public sealed class TargetTests(Workspace workspace)
{
    private const string NoHttp = "\0\x01 what is this?\r\n\r\n";

    [Theory]
    [InlineData("plain")]
    [InlineData("videos")]
    public async Task Target_that_nobody_serves_is_exit_3_and_the_folder_says_failed(string protocol)
    {
        using var closed = new ClosedPort();
        var root = workspace.NewPath("runs");
        var ended = (await LoadLabProcess.RunAsync(workspace, "run", workspace.HttpScenario("nobody", closed.Url, protocol), "--out", root)).Exits(3);
        Assert.Contains("does not answer: connection-refused", Assert.Single(ended.ErrorLines, line => line.StartsWith("target: ", StringComparison.Ordinal)));
        Assert.Empty(ended.Stdout);
        var folder = Assert.Single(Directory.GetDirectories(root));
        Assert.Equal("failed", RunFolder.Open(folder).ReadManifest().Status);
        Assert.All(RunFolder.Open(folder).ReadCalls(), call => Assert.Equal(Core.Outcome.Unfinished, call.Outcome));
        (await LoadLabProcess.RunAsync(workspace, "report", folder)).Exits(0);
    }

    public static TheoryData<string, string?, string, string> Misbehaviours => new()
    {
        { "plain", StubTarget.Answer(500, "{}"), "failed", "http-500" },
        { "videos", StubTarget.Answer(500, "{}"), "failed", "http-500" },
        { "videos", StubTarget.Answer(429, "{}"), "rejected", "429" },
        { "generations", StubTarget.Answer(500, "{}"), "failed", "http-500" },
        { "plain", NoHttp, "failed", "bad-answer" },
        { "videos", StubTarget.Answer(202, "this is not json"), "failed", "bad-answer" },
        { "plain", null, "failed", "connection-closed" },
        { "videos", null, "failed", "connection-closed" },
    };

    [Theory]
    [MemberData(nameof(Misbehaviours))]
    public async Task Target_that_completes_nothing_is_exit_1_and_each_call_says_why(string protocol, string? answer, string outcome, string reason)
    {
        await using var stub = new StubTarget(answer);
        var root = workspace.NewPath("runs");
        var ended = (await LoadLabProcess.PlayAsync(workspace, root, workspace.HttpScenario("bad", stub.Url, protocol, "500ms"), "--lateness-gate", "30s", "--json")).Exits(1);
        Assert.Contains("nothing completed", ended.ErrorLines);
        Assert.True(JsonDocument.Parse(ended.Stdout).RootElement.GetProperty("calls_conserved").GetBoolean());
        var folder = Assert.Single(Directory.GetDirectories(root));
        var manifest = Workspace.CheckConservation(folder);
        Assert.Equal(manifest.Planned, manifest.Outcomes![outcome]);
        Assert.Equal(0, manifest.RealCalls);
        Assert.All(RunFolder.Open(folder).ReadCalls(), call => Assert.Equal(reason, call.Reason));
    }

    [Fact]
    public async Task Plain_target_that_answers_is_exit_0_and_counts_no_real_call()
    {
        await using var stub = new StubTarget(StubTarget.Answer(200, "ok"));
        var (folder, ended) = await Play(stub, "--json", "--lateness-gate", "30s");
        ended.Exits(0);
        Assert.Equal(0, ended.Document().GetProperty("real_calls").GetInt32());
        var manifest = Workspace.CheckConservation(folder);
        Assert.Equal(manifest.Planned, manifest.Outcomes!["completed"]);
        Assert.Equal(["lateness", "planned = sent", "client machine", "ends seen", "samples"], manifest.Quality!.Checks!.Select(check => check.Name));
        Assert.Equal(5, ended.Document().GetProperty("quality").GetArrayLength());
        var page = File.ReadAllText(Path.Combine(folder, "report.html"));
        Assert.InRange(page.IndexOf("how the load was played", StringComparison.Ordinal), 1, page.IndexOf("class=\"tiles\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_past_its_lateness_gate_is_exit_1_and_says_so()
    {
        await using var stub = new StubTarget(StubTarget.Answer(200, "ok"));
        var (folder, ended) = await Play(stub, "--lateness-gate", "1us");
        ended.Exits(1);
        Assert.Contains("the run was late: its p99 lateness is past the gate", ended.ErrorLines);
        var manifest = Workspace.CheckConservation(folder);
        Assert.False(manifest.Quality!.LatenessPassed);
        Assert.Contains("gate 0.001 ms failed: the schedule was not played", manifest.Verdict);
    }

    [Fact]
    public async Task Guard_that_stops_a_run_is_exit_1_and_is_named()
    {
        await using var stub = new StubTarget(StubTarget.Answer(200, "ok"));
        var scenario = workspace.HttpScenario("guarded", stub.Url, "plain");
        File.AppendAllText(scenario, "guard: { maxCalls: 4 }\n");
        var root = workspace.NewPath("runs");
        var ended = (await LoadLabProcess.PlayAsync(workspace, root, scenario, "--lateness-gate", "30s")).Exits(1);
        Assert.Single(ended.ErrorLines, line => line.StartsWith("stopped by guard:", StringComparison.Ordinal));
        var manifest = Workspace.CheckConservation(Assert.Single(Directory.GetDirectories(root)));
        Assert.Equal((4, 6), (manifest.Outcomes!["completed"], manifest.Outcomes["unfinished"]));
    }

    [Fact]
    public async Task Saturated_service_ends_the_run_with_exit_1_and_one_line_of_rate_and_backlog()
    {
        await using var stub = new StubTarget(StubTarget.Answer(200, "ok"), TimeSpan.FromMilliseconds(300));
        var scenario = workspace.HttpScenario("saturated", stub.Url, "plain", "14s");
        File.AppendAllText(scenario, "guard: { stopWhen: { saturated: { window: 4s, minimum: 4s } }, drain: { max: 1s, then: cancel } }\n");
        var root = workspace.NewPath("runs");
        var ended = (await LoadLabProcess.PlayAsync(workspace, root, scenario, "--lateness-gate", "30s")).Exits(1);
        Assert.Matches("^stopped by guard:saturated: saturated at [0-9.]+ s: over the last [0-9.]+ s calls came at [0-9.]+/s and ended at [0-9.]+/s; [0-9]+ wait or are served; ", Assert.Single(ended.ErrorLines, line => line.StartsWith("stopped by", StringComparison.Ordinal)));
        var manifest = Workspace.CheckConservation(Assert.Single(Directory.GetDirectories(root)));
        Assert.StartsWith("saturated at ", manifest.Verdict, StringComparison.Ordinal);
        Assert.Equal(("guard:saturated", true), (manifest.Quality!.StopReason, manifest.Quality.Sent < manifest.Planned));
        Assert.True(manifest.Quality.Checks!.Single(check => check.Name == "planned = sent").Passed);
    }

    [Fact]
    public async Task Run_that_misses_its_SLO_is_exit_1_and_says_which()
    {
        await using var stub = new StubTarget(StubTarget.Answer(200, "ok"));
        var scenario = workspace.HttpScenario("slow", stub.Url, "plain");
        File.AppendAllText(scenario, "slo: { p50: 1us, p99: 1h }\n");
        var ended = (await LoadLabProcess.PlayAsync(workspace, workspace.NewPath("runs"), scenario, "--lateness-gate", "30s")).Exits(1);
        Assert.StartsWith("SLO not met: p50", Assert.Single(ended.ErrorLines, line => line.StartsWith("SLO", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    private async Task<(string Folder, Ended Ended)> Play(StubTarget stub, params string[] more)
    {
        var root = workspace.NewPath("runs");
        var ended = await LoadLabProcess.PlayAsync(workspace, root, [workspace.HttpScenario("plain", stub.Url, "plain"), .. more]);
        return (Assert.Single(Directory.GetDirectories(root)), ended);
    }
}
