using System.Text.Json;

namespace LoadLab.Cli.Tests;

/// <summary>run --dry-run: everything is said, nothing is sent, looked up or written.</summary>
public sealed class DryRunTests(Workspace workspace)
{
    /// <summary>An address for documentation (RFC 5737): nobody answers there, and a key that is not set does not matter.</summary>
    private const string Remote = """
        name: remote-dry
        seed: 7
        workload:
          duration: 20m
          arrivals: [ { constant: { rate: 1/s } } ]
          process: even
          jobs:
            - { weight: 3, tier: free, size: 1280x720, frames: 81, steps: 40, model: wan2.2-t2v-a14b }
            - { weight: 1, tier: vip, size: 1280x720, frames: 81, steps: 20, model: wan2.2-t2v-a14b }
        target: { kind: http, url: "http://192.0.2.1:8000", protocol: videos, auth: env:LOADLAB_TEST_NO_SUCH_KEY, timeout: 30m }
        price: { perGpuHour: 3.6, currency: USD, source: test }
        guard: { maxCalls: 600, maxInFlight: 20, maxSpend: 40 USD, stopWhen: { errorShare: 0.2, saturated: true }, drain: { max: 10m, then: cancel } }
        slo: { p95: 2m }

        """;

    [Fact]
    public async Task Guarded_remote_scenario_is_told_whole_and_exits_0()
    {
        var root = workspace.NewPath("runs");
        var scenario = workspace.Write("remote-dry.yaml", Remote);
        var document = (await LoadLabProcess.RunAsync(workspace, "run", scenario, "--dry-run", "--out", root, "--json")).Document();
        Assert.False(Directory.Exists(root));
        Assert.Equal((1200, 1200.0, 1800.0), (document.GetProperty("calls").GetInt32(), Value(document, "length_seconds"), Value(document, "longest_seconds")));
        Assert.Equal(1, Value(document, "mean_rate"));
        Assert.Equal(0, Value(document, "gap_cv"), 1e-6);
        Assert.Equal([1, 60], document.GetProperty("counts").EnumerateArray().Select(count => count.GetProperty("window_seconds").GetDouble()));
        Assert.Equal(1200, document.GetProperty("shapes").EnumerateArray().Sum(part => part.GetProperty("calls").GetInt32()));
        Assert.Equal(["free", "vip"], document.GetProperty("tiers").EnumerateArray().Select(part => part.GetProperty("name").GetString()));
        Assert.Equal(64, document.GetProperty("schedule_sha256").GetString()!.Length);

        // Of 600 calls x 30 min, 20 at once for 30 min, and 40 USD with 20 in flight for 10 min more, the second is least: 10 GPU-hours.
        Assert.Equal(36, document.GetProperty("spend").GetProperty("worst_case").GetDouble());
        var secret = Assert.Single(document.GetProperty("secrets").EnumerateArray());
        Assert.Equal(("LOADLAB_TEST_NO_SUCH_KEY", false), (secret.GetProperty("variable").GetString(), secret.GetProperty("is_set").GetBoolean()));
    }

    [Fact]
    public async Task Text_names_the_worst_case_the_guard_the_checks_and_the_secrets()
    {
        var ended = (await LoadLabProcess.RunAsync(workspace, "run", workspace.Write("remote-told.yaml", Remote), "--dry-run", "--profile", "wan2.2-t2v-a14b-h100-1gpu")).Exits(0);
        Assert.Contains("spend: at most 36.00 USD = 20 calls at once (maxInFlight) for 20 min and 10 min of drain x 1 GPU at 3.6 USD an hour", ended.Stdout, StringComparison.Ordinal);
        Assert.Contains("guard: stops after 600 calls", ended.Stdout, StringComparison.Ordinal);
        Assert.Contains("guard: stops when the service is saturated", ended.Stdout, StringComparison.Ordinal);
        Assert.Contains("checks: SLO p95 latency over planned calls up to 2.0 min", ended.Stdout, StringComparison.Ordinal);
        Assert.Contains("secrets: LOADLAB_TEST_NO_SUCH_KEY is not set", ended.Stdout, StringComparison.Ordinal);
        Assert.Contains("warning: the environment variable LOADLAB_TEST_NO_SUCH_KEY is not set: the run would be refused", ended.Stdout, StringComparison.Ordinal);
        Assert.Contains("warning: 1200 calls are planned and the guard stops after 600", ended.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Users_who_wait_for_their_answers_have_no_planned_times()
    {
        var closed = Remote.Replace("arrivals: [ { constant: { rate: 1/s } } ]", "closed: { users: 4, think: 1s, calls: 200 }", StringComparison.Ordinal).Replace("process: even", "", StringComparison.Ordinal).Replace(", saturated: true", "", StringComparison.Ordinal);
        var document = (await LoadLabProcess.RunAsync(workspace, "run", workspace.Write("closed-dry.yaml", closed), "--dry-run", "--json")).Document();
        Assert.Equal(4, document.GetProperty("users").GetInt32());
        Assert.Equal("users wait for their answers: the times of their calls are not planned", document.GetProperty("peak_rate").GetProperty("why").GetString());

        // Four at once for 20 min and 10 min of drain, two GPU-hours.
        Assert.Equal(7.2, document.GetProperty("spend").GetProperty("worst_case").GetDouble(), 1e-9);
    }

    [Fact]
    public async Task Run_on_this_machine_has_no_price_and_a_profile_is_for_dry_runs_alone()
    {
        var scenario = workspace.PicoScenario("dry-local", 3, "10s");
        Assert.Contains("spend: no price: the target is on this machine", (await LoadLabProcess.RunAsync(workspace, "run", scenario, "--dry-run")).Exits(0).Stdout, StringComparison.Ordinal);
        Assert.Contains("is for --dry-run", (await LoadLabProcess.RunAsync(workspace, "run", scenario, "--profile", "fastwan2.2-5b-h200-1gpu")).Exits(2).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Remote_scenario_whose_guard_limits_nothing_is_exit_2()
    {
        var scenario = workspace.Write("unlimited.yaml", Remote.Replace("maxCalls: 600, maxInFlight: 20, maxSpend: 40 USD, ", "", StringComparison.Ordinal));
        Assert.Contains("sets no limit to the load of a target on another machine", (await LoadLabProcess.RunAsync(workspace, "run", scenario, "--dry-run")).Exits(2).Stderr, StringComparison.Ordinal);
    }

    private static double Value(JsonElement document, string name) => document.GetProperty(name).GetProperty("value").GetDouble();
}
