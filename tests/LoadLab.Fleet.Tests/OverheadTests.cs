using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Caching;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Fleet.Tests;

public sealed class OverheadTests : IDisposable
{
    private static readonly Overheads s_overheads = new()
    {
        Request = new SampledTime { MeanS = 0.003 },
        Answer = new SampledTime { MeanS = 0.005 },
        Dispatch = new SampledTime { MeanS = 0.02 },
    };

    private readonly string _root = Directory.CreateTempSubdirectory("loadlab-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Overheads_delay_a_call_and_keep_the_replica()
    {
        var result = FleetSimulation.Run(Fixtures.Schedule(100, 50, 50), Fixtures.Profile() with { Overheads = s_overheads }, new FleetOptions(), Serving(), new AutoscalerOptions(), new Seed(1));
        var (first, second) = (result.Calls[0], result.Calls[1]);
        Assert.Equal((50.003, 50.003, 52.003, 52.023, 52.028), (first.Queued!.Value.Seconds, first.Started!.Value.Seconds, first.DecodeEnd!.Value.Seconds, first.Completed!.Value.Seconds, first.Polled!.Value.Seconds));
        Assert.Equal((50.003, 52.023, 54.023), (second.Queued!.Value.Seconds, second.Started!.Value.Seconds, second.DecodeEnd!.Value.Seconds));
        Assert.Equal(4.043, second.Latency!.Value.Seconds, 9);
        Assert.Equal(4.04, result.Usage.Sum(usage => usage.Busy.Seconds), 9);
    }

    [Fact]
    public void User_of_a_closed_loop_waits_for_the_answer()
    {
        var calls = Enumerable.Range(0, 3).Select(i => Fixtures.Call(i, 0) with { Think = Duration.FromSeconds(1) }).ToList();
        var schedule = new Schedule(Duration.FromSeconds(100), calls, ["", "", ""]) { ClosedUsers = 1 };
        var result = FleetSimulation.Run(schedule, Fixtures.Profile(coldStartSeconds: 1) with { Overheads = s_overheads }, new FleetOptions { StartBefore = Duration.FromSeconds(50) }, Serving(), new AutoscalerOptions(), new Seed(1));
        Assert.Equal([0, 3.028, 6.056], result.Calls.Select(call => Math.Round(call.Intended.Seconds, 9)));
    }

    [Fact]
    public void Overheads_of_a_recorded_run_are_found_and_retell_it()
    {
        var truth = Fixtures.Profile() with { Overheads = s_overheads };
        var run = Record(truth, Fixtures.Poisson(0.4, 300, new Seed(1)), Serving());
        var found = Calibration.FromRuns([run]);
        Assert.Equal(0.003, found.Overheads!.Request!.MeanS, 9);
        Assert.Equal(0.005, found.Overheads.Answer!.MeanS, 9);
        Assert.Equal(0.02, found.Overheads.Dispatch!.MeanS, 9);
        Assert.Equal((300, 300), (found.Overheads.Request.Count, found.Overheads.Answer.Count));
        Assert.InRange(found.Overheads.Dispatch.Count, 50, 299);
        Assert.All(Fidelity.Compare(run, found).Lines, line => Assert.Equal(0, line.Error!.Value, 1e-6));
    }

    [Fact]
    public void Kept_text_is_counted_and_does_not_shorten_the_whole()
    {
        var random = new Seed(3).Stream("prompts");
        var schedule = Fixtures.Poisson(0.3, 300, new Seed(1));
        var repeated = Fixtures.Of(schedule.Length.Seconds, [.. schedule.Calls.Select(call => call with { PromptHash = $"{1 + random.NextInt(40):x16}" })]);
        var found = Calibration.FromRuns([Record(Fixtures.Profile(), repeated, Serving() with { TextCache = new TextCacheOptions { Bytes = 1 << 30 } })]);
        Assert.Equal(2.0, found.Services[0].Whole.MeanS, 6);
        Assert.Equal(0.05, found.Services[0].TextShare!.Value, 6);
        Assert.Equal(260.0 / 300, found.TextCache!.HitShare, 9);
        Assert.Equal(300, found.TextCache.Batches);
    }

    [Fact]
    public void Profile_tells_where_it_comes_from()
    {
        var runs = new[] { Record(Fixtures.Profile(), Fixtures.Poisson(0.3, 50, new Seed(1)), Serving()), Record(Fixtures.Profile(), Fixtures.Poisson(0.3, 60, new Seed(2)), Serving()) };
        runs[0].Write(runs[0].ReadManifest() with { StartedUtc = new DateTimeOffset(2026, 1, 5, 23, 0, 0, TimeSpan.Zero) });
        runs[1].Write(runs[1].ReadManifest() with { StartedUtc = new DateTimeOffset(2026, 1, 7, 1, 0, 0, TimeSpan.Zero) });
        var profile = Calibration.FromRuns(runs, "p", "loadlab calibrate a b -o p.yaml", "1.2.3");
        Assert.Equal(("p", "loadlab calibrate a b -o p.yaml", "1.2.3", "2026-01-05..2026-01-07"), (profile.Name, profile.Command, profile.Version, profile.Measured));
        Assert.Equal(runs.Select(run => run.ReadManifest().ScheduleSha256), profile.Runs);
        Assert.Equal((110, 2, "real", "nobody's"), (profile.RealCalls, profile.WarmUpCalls, profile.Evidence, profile.Device));
        var read = ProfileFile.Parse(ProfileFile.ToBytes(profile), "p.yaml");
        Assert.Equal((profile.Command, profile.Measured, profile.RealCalls), (read.Command, read.Measured, read.RealCalls));
        Assert.Equal("test", Calibration.FromRuns(runs).Version);
    }

    private RunFolder Record(ServiceProfile truth, Schedule schedule, ServingOptions serving)
    {
        var (folder, result) = new SimulatedRun
        {
            Scenario = "story",
            ScenarioText = "name: story",
            Schedule = schedule,
            Profile = truth,
            Fleet = new FleetOptions { StartBefore = Duration.FromSeconds(30) },
            Serving = serving,
            Autoscaler = new AutoscalerOptions(),
            Seed = new Seed(1),
            Version = "test",
            Machine = "test",
        }.Write(_root, TimeProvider.System);
        folder.Write(folder.ReadManifest() with { Evidence = "real", RealCalls = result.Calls.Count(call => call.Outcome == Outcome.Completed) });
        return folder;
    }

    private static ServingOptions Serving() => new() { Model = new ModelId(Fixtures.Model) };
}
