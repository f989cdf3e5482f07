using System.Text;
using LoadLab.Cli.Campaigns;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Fleet;

namespace LoadLab.Cli.Tests;

/// <summary>A small campaign: one calibration scenario and two tests, each played twice. Most tests play it by simulation under other draws, in no time and the same each time; one plays it live.</summary>
public sealed class CampaignTests(Workspace workspace)
{
    private const string Command = "./loadlab fidelity --campaign campaign.yaml";

    [Fact]
    public void Shipped_campaign_loads_and_keeps_what_it_promises()
    {
        var plan = CampaignPlan.Load(Repository.At("Scenarios", "fidelity", "campaign.yaml"));
        var tests = plan.Groups.SelectMany(group => group.Test).ToList();
        Assert.Equal((5, 3, 2), (plan.Repeats, plan.UnderLoad, plan.ByInterval));
        Assert.InRange(tests.Count, 8, 20);
        Assert.All(plan.Groups, group => Assert.All(group.Test, test => Assert.InRange(test.Schedule().Calls.Count(call => call.Intended >= Instant.Zero + group.WarmUp), 500, 1500)));
        Assert.Contains(plan.Groups, group => group.Test[0].Profile is null);
        Assert.Contains(plan.Groups, group => group.Test[0].Profile is not null);

        // Nine seconds around each run: server and client start and end.
        Assert.InRange(plan.Plays().Sum(play => play.Scenario.Workload.Length.Seconds + 9) / 60, 1, 90);
    }

    [Fact]
    public async Task Campaign_plays_every_repeat_calibration_beside_tests_and_writes_the_page()
    {
        var rehearsal = new Rehearsed(workspace);
        Assert.True(await rehearsal.CompleteAsync());
        Assert.Equal(["calibrate/1", "even/1", "busy/1", "calibrate/2", "even/2", "busy/2"], rehearsal.Played);

        var report = rehearsal.Report();
        Assert.Equal(["even", "busy"], report.Scenarios.Select(test => test.Name));
        Assert.All(report.Scenarios, test => Assert.Equal((40, 0, 80), (test.Planned, test.RealCalls, test.EmulatedCalls)));
        Assert.All(report.Scenarios, test => Assert.True(test.Error < 0.2, $"{test.Name}: {test.Error}"));
        Assert.True(report.Scenarios[1].BetterThanNaive);
        Assert.Equal((2, 80), (report.Profiles[0].Runs, report.Profiles[0].EmulatedCalls));

        var page = CampaignPage.Write(report);
        var golden = Path.Combine(Repository.Golden, "fidelity-rehearsal.md");
        if (Environment.GetEnvironmentVariable("LOADLAB_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(golden, page, new UTF8Encoding(false));
        }

        Assert.Equal(File.ReadAllText(golden), page);
    }

    /// <summary>A machine that is half as fast in the second round: one profile of both rounds is wrong in each, a profile of each round in none.</summary>
    [Fact]
    public async Task Profile_of_each_round_follows_a_machine_that_drifts()
    {
        var pooled = new Rehearsed(workspace) { Slower = 2 };
        var each = new Rehearsed(workspace, "eachRound: true, ") { Slower = 2 };
        Assert.True(await pooled.CompleteAsync() && await each.CompleteAsync());
        var (wrong, right) = (pooled.Report(), each.Report());
        Assert.Equal((false, true), (wrong.Profiles[0].EachRound, right.Profiles[0].EachRound));
        Assert.True(File.Exists(Path.Combine(pooled.Root, "profile-fleet.yaml")));
        Assert.True(File.Exists(Path.Combine(each.Root, "profile-fleet-2.yaml")));

        // Each test's two runs were 1 and 2 times as long; spread over them is the drift alone.
        Assert.All(right.Scenarios, test => Assert.InRange(Math.Abs(test.Row("mean service").RelativeError!.Value), 0, 0.05));
        Assert.All(right.Scenarios, test => Assert.True(Spread(test) > 1.5, test.Name));
        Assert.All(wrong.Scenarios, test => Assert.True(Spread(test) < 1.5, test.Name));

        static double Spread(CampaignScenario test) => test.Row("mean service").High / test.Row("mean service").Low;
    }

    [Fact]
    public async Task Whole_run_is_not_played_again_and_a_partial_one_is()
    {
        var rehearsal = new Rehearsed(workspace);
        Assert.True(await rehearsal.CompleteAsync());
        rehearsal.Played.Clear();
        Assert.True(await rehearsal.CompleteAsync());
        Assert.Empty(rehearsal.Played);

        var partial = rehearsal.RunOf("even", 2);
        partial.Write(partial.ReadManifest() with { Status = "running" });
        Directory.Delete(Path.Combine(rehearsal.Root, "busy", "1"), recursive: true);
        Assert.True(await rehearsal.CompleteAsync());
        Assert.Equal(["busy/1", "even/2"], rehearsal.Played);
        Assert.Equal(["even, repeat 2: it is partial"], rehearsal.Report().Discarded);
    }

    [Fact]
    public async Task Late_run_is_played_again_and_three_of_them_end_the_campaign()
    {
        var rehearsal = new Rehearsed(workspace) { Late = 2 };
        Assert.True(await rehearsal.CompleteAsync());
        Assert.Equal(["calibrate/1", "calibrate/1", "calibrate/1", "even/1"], rehearsal.Played.Take(4));
        Assert.Equal(2, rehearsal.Report().Discarded.Count);

        var hopeless = new Rehearsed(workspace) { Late = 3 };
        Assert.Contains("3 runs do not count, the last because it was late", (await Assert.ThrowsAsync<TargetFailedException>(() => hopeless.CompleteAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Campaign_without_time_begins_nothing_and_says_what_is_left()
    {
        var rehearsal = new Rehearsed(workspace);
        Assert.False(await rehearsal.CompleteAsync(TimeSpan.FromSeconds(10)));
        Assert.Empty(rehearsal.Played);
        Assert.Contains("6 runs are left and the time is up; the same command goes on", rehearsal.Said);
    }

    [Fact]
    public async Task Run_of_another_scenario_file_is_refused()
    {
        var rehearsal = new Rehearsed(workspace);
        Assert.True(await rehearsal.CompleteAsync());
        var run = rehearsal.RunOf("even", 1);
        run.Write(run.ReadManifest() with { ScenarioText = "name: other" });
        Assert.Contains("give the campaign another --root", (await Assert.ThrowsAsync<InputException>(() => rehearsal.CompleteAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_mistake_of_a_campaign_file_is_told()
    {
        var file = workspace.Write("campaign.yaml", """
            name: wrong
            repeats: 1
            goups: []
            groups:
              - { name: a, calibrate: [], test: [ missing.yaml ] }
            """);
        var message = Assert.Throws<InputException>(() => CampaignPlan.Load(file)).Message;
        Assert.Contains("repeats = \"1\"", message, StringComparison.Ordinal);
        Assert.Contains("goups", message, StringComparison.Ordinal);
        Assert.Contains("calibrate names 0 scenarios", message, StringComparison.Ordinal);
        Assert.Contains("missing.yaml", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("calibrate.yaml", "calibrate.yaml", "has the schedule of a calibration scenario")]
    [InlineData("calibrate.yaml", "other-shape.yaml", "which no calibration scenario of fleet plays")]
    [InlineData("calibrate.yaml", "real.yaml", "is of a real model and the first of fleet is not")]
    public void Test_that_proves_nothing_is_refused(string calibrate, string test, string message)
    {
        var folder = Rehearsed.Write(workspace);
        var file = Path.Combine(folder, "campaign.yaml");
        File.WriteAllText(file, $"name: wrong\ngroups: [ {{ name: fleet, calibrate: [ {calibrate} ], test: [ {test} ] }} ]\n");
        Assert.Contains(message, Assert.Throws<InputException>(() => CampaignPlan.Load(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_line_refuses_what_does_not_go_together()
    {
        Assert.Contains("RUN is missing", (await LoadLabProcess.RunAsync(workspace, "fidelity", "--profile", "measured")).Exits(2).Stderr, StringComparison.Ordinal);
        Assert.Contains("are for --campaign", (await LoadLabProcess.RunAsync(workspace, "fidelity", "--root", "x")).Exits(2).Stderr, StringComparison.Ordinal);
        Assert.Contains("stands beside RUN, --profile or --warm-up", (await LoadLabProcess.RunAsync(workspace, "fidelity", "--campaign", "x.yaml", "--profile", "measured")).Exits(2).Stderr, StringComparison.Ordinal);
    }

    /// <summary>The whole way live: played, calibrated, predicted, written; and a second call that finds everything there.</summary>
    [Fact]
    public async Task Small_campaign_runs_live_and_is_not_played_twice()
    {
        var folder = Rehearsed.Write(workspace);
        var file = Path.Combine(folder, "campaign.yaml");
        File.WriteAllText(file, "name: live\nrepeats: 2\nsimulations: 2\ngroups: [ { name: fleet, calibrate: [ calibrate.yaml ], test: [ busy.yaml ] } ]\n");
        var (root, page) = (workspace.NewPath("campaign"), workspace.NewPath("page") + ".md");
        string[] arguments = ["fidelity", "--campaign", file, "--root", root, "-o", page];

        // How well a machine under test predicts is for the campaign to say, not for this test.
        // A machine that is busy plays late, and three late runs end a campaign; the same command goes on.
        var first = await LoadLabProcess.RunAsync(workspace, arguments);
        for (var attempt = 0; first.ExitCode == 3 && first.Stderr.Contains("because it was late", StringComparison.Ordinal) && attempt < 10; attempt++)
        {
            first = await LoadLabProcess.RunAsync(workspace, arguments);
        }

        Assert.True(first.ExitCode is 0 or 1, first.Stderr);
        Assert.Contains("run 4 of 4: busy, repeat 2", first.Stderr, StringComparison.Ordinal);
        Assert.StartsWith("# How well simulation predicts live runs", File.ReadAllText(page), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(root, "profile-fleet.yaml")));
        Assert.NotEqual(First(root, 1).ReadCalls()[0].DecodeEnd, First(root, 2).ReadCalls()[0].DecodeEnd);

        var again = await LoadLabProcess.RunAsync(workspace, [.. arguments, "--json"]);
        Assert.Contains("4 of 4 runs are recorded", again.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("run folder:", again.Stderr, StringComparison.Ordinal);
        Assert.Equal(first.ExitCode, again.ExitCode);
        Assert.Contains("\"schedule_sha256\"", again.Stdout, StringComparison.Ordinal);
    }

    private static RunFolder First(string root, int repeat) => RunFolder.Open(Assert.Single(Directory.GetDirectories(Path.Combine(root, "busy", $"{repeat}"))));

    /// <summary>A campaign whose live runs are simulated ones under the draws of their repeat, with the words of emulated ones.</summary>
    private sealed class Rehearsed
    {
        private readonly CampaignPlan _plan;
        private readonly CampaignRuns _runs;
        private int _late;

        public Rehearsed(Workspace workspace, string group = "")
        {
            _plan = CampaignPlan.Load(Path.Combine(Write(workspace, group), "campaign.yaml"));
            Root = workspace.NewPath("campaign");
            _runs = new CampaignRuns(_plan, Root, Play);
        }

        public string Root { get; }

        /// <summary>Runs from the first on that come out late.</summary>
        public int Late { get; init; }

        /// <summary>How many times as long everything takes in the second round.</summary>
        public double Slower { get; init; } = 1;

        public List<string> Played { get; } = [];

        public List<string> Said { get; } = [];

        public static string Write(Workspace workspace, string group = "")
        {
            var folder = Directory.CreateDirectory(workspace.NewPath("rehearsal")).FullName;
            void File(string name, ulong seed, string arrivals, string job = "{ size: 832x480, frames: 81, steps: 20 }", string target = "{ kind: emulated, model: wan2.2-t2v-a14b, profile: scatter.json, replicas: 2, speed: 4000 }") =>
                System.IO.File.WriteAllText(Path.Combine(folder, name + ".yaml"), $"# Forty calls for a test.\nname: {name}\nseed: {seed}\nworkload:\n  duration: 2s\n  arrivals: [ {arrivals} ]\n  process: even\n  jobs: [ {job} ]\ntarget: {target}\n");
            File("calibrate", 1, "{ constant: { rate: 20/s } }");
            File("even", 2, "{ ramp: { from: 10/s, to: 30/s } }");
            File("busy", 3, "{ burst: { at: 0s, rate: 200/s, for: 200ms } }");
            File("other-shape", 4, "{ constant: { rate: 20/s } }", "{ size: 1280x720, frames: 81, steps: 20 }");
            File("real", 5, "{ constant: { rate: 21/s } }", "{ size: 64x64, frames: 5, steps: 4 }", "{ kind: local, model: wan2.2-ti2v-5b-pico, memory: 512MiB }");
            System.IO.File.Copy(Repository.At("Scenarios", "fidelity", "scatter.json"), Path.Combine(folder, "scatter.json"));
            System.IO.File.WriteAllText(Path.Combine(folder, "campaign.yaml"), $"name: rehearsal\nrepeats: 2\nsimulations: 4\ngroups: [ {{ {group}warmUp: 10ms, name: fleet, calibrate: [ calibrate.yaml ], test: [ even.yaml, busy.yaml ] }} ]\n");
            return folder;
        }

        public Task<bool> CompleteAsync(TimeSpan? limit = null) => _runs.CompleteAsync(limit, TimeProvider.System, Said.Add, CancellationToken.None);

        public CampaignReport Report() => new CampaignStudy(_plan, _runs, Root, Command).Report(_ => { });

        public RunFolder RunOf(string name, int repeat) => _runs.Find(_plan.Groups[0].Calibrate.Concat(_plan.Groups[0].Test).Single(scenario => scenario.Name == name), repeat)!;

        private Task Play(Scenario scenario, string slot, ulong draws, CancellationToken stop)
        {
            Played.Add($"{scenario.Name}/{Path.GetFileName(slot)}");
            var calls = scenario.Schedule();
            var folder = new SimulatedRun
            {
                Scenario = $"{scenario.Name}-{Played.Count}",
                ScenarioText = scenario.Text,
                Schedule = calls,
                Profile = scenario.Profile!.AtSpeedOf(scenario).At(Path.GetFileName(slot) == "2" ? 1 / Slower : 1),
                Fleet = new FleetOptions { StartBefore = Duration.FromSeconds(5) },
                Serving = scenario.Serving,
                Autoscaler = scenario.Autoscaler,
                Seed = new Seed(draws),
                Version = "test",
                Machine = "test",
            }.Write(slot, TimeProvider.System).Folder;
            var minute = new DateTimeOffset(2026, 1, 5, 18, Played.Count, 0, TimeSpan.Zero);
            folder.Write(folder.ReadManifest() with
            {
                Evidence = Words.Of(Evidence.Emulated),
                Status = "completed",
                Seed = scenario.Seed.Value,
                StartedUtc = minute,
                EndedUtc = minute.AddSeconds(6),
                Quality = new RunQuality { Sent = calls.Calls.Count, LatenessP50Ms = 0, LatenessP99Ms = 0, LatenessMaxMs = 0, LatenessGateMs = 20, LatenessPassed = _late++ >= Late },
            });
            return Task.CompletedTask;
        }
    }
}
