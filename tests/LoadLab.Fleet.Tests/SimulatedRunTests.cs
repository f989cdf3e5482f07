using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet.Tests;

public sealed class SimulatedRunTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("loadlab-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Same_scenario_and_seed_write_the_same_bytes()
    {
        var (first, _) = Run(new Seed(9)).Write(Path.Combine(_root, "a"), TimeProvider.System);
        var (second, _) = Run(new Seed(9)).Write(Path.Combine(_root, "b"), TimeProvider.System);
        var names = Directory.GetFiles(first.FullPath).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(["calls.csv", "decisions.jsonl", "run.json", "samples.csv", "schedule.csv.gz"], names);
        foreach (var name in names.Where(name => name != "run.json"))
        {
            Assert.Equal(File.ReadAllBytes(first.File(name)), File.ReadAllBytes(second.File(name)));
        }

        var (other, _) = Run(new Seed(10)).Write(_root, TimeProvider.System);
        Assert.NotEqual(File.ReadAllBytes(first.File("calls.csv")), File.ReadAllBytes(other.File("calls.csv")));
    }

    [Fact]
    public void Folder_names_its_schedule_and_seed_and_says_that_it_is_simulated()
    {
        var (folder, result) = Run(new Seed(9)).Write(_root, TimeProvider.System);
        var manifest = RunFolder.Open(folder.FullPath).ReadManifest();
        Assert.Equal($"evening-sim-{manifest.ScheduleSha256[..8]}-9", Path.GetFileName(folder.FullPath));
        Assert.Equal(("simulated", 300, 0, 0, "completed"), (manifest.Evidence, manifest.Planned, manifest.RealCalls, manifest.ProfileRealCalls, manifest.Status));
        Assert.Equal(300, manifest.Outcomes!.Values.Sum());
        Assert.Equal(result.Calls, folder.ReadCalls());
        Assert.Equal(result.Samples, folder.ReadSamples());
        Assert.True(JournalReplay.Verify(folder.File("decisions.jsonl")).Identical);
        Assert.Equal(result.Usage, ReplicaUsageAccount.OfJournal(folder.File("decisions.jsonl")));
    }

    [Fact]
    public void Fleet_section_is_read_and_its_mistakes_are_told()
    {
        var (fleet, none) = Bind("fleet: { kind: h100-sxm, replicas: 4, provisionDelay: 90s, bootDelay: 5s, startBefore: 10m, serveAs: { model: wan2.2-t2v-a14b, size: 832x480, frames: 81, steps: 40 } }");
        Assert.Empty(none);
        Assert.Equal((new ReplicaKind("h100-sxm"), 4, 90.0, 5.0, 600.0), (fleet.Kind, fleet.Replicas, fleet.ProvisionDelay.Seconds, fleet.BootDelay.Seconds, fleet.StartBefore.Seconds));
        Assert.Equal(new ShapeStandIn { Model = "wan2.2-t2v-a14b", Shape = new Shape(832, 480, 81, 40, true) }, Assert.Single(fleet.StandIns));
        var (broken, fine) = Bind("fleet: { memory: 80GiB, faults: { meanTimeToFailure: 4h, repair: 10m, failedBatches: 0.01, poisonShare: 0.001 } }");
        Assert.Empty(fine);
        Assert.Equal(80L << 30, broken.MemoryBytes);
        Assert.Equal(new FaultOptions { MeanTimeToFailure = Duration.FromSeconds(4 * 3600), Repair = Duration.FromSeconds(600), FailedBatches = 0.01, PoisonShare = 0.001 }, broken.Faults);
        Assert.Equal(new FaultOptions(), fleet.Faults);
        Assert.Equal(
            ["fleet.faults.failedBatches", "fleet.faults.meanTimeToFailure", "fleet.faults.poison", "fleet.memory"],
            Bind("fleet: { memory: much, faults: { meanTimeToFailure: 0s, failedBatches: 2, poison: 1 } }").Problems.Select(problem => problem.Field).Order(StringComparer.Ordinal));
        var (_, problems) = Bind("fleet: { replica: 4, provisionDelay: soon, serveAs: [ { frames: 0 } ] }");
        Assert.Equal(
            ["fleet.provisionDelay", "fleet.replica", "fleet.serveAs[0].frames", "fleet.serveAs[0].model", "fleet.serveAs[0].size"],
            problems.Select(problem => problem.Field).Order(StringComparer.Ordinal));
    }

    private static (FleetOptions Fleet, IReadOnlyList<Problem> Problems) Bind(string yaml)
    {
        var problems = new Problems();
        return (FleetOptions.Bind(Section.Open(YamlDocument.ReadText(yaml, "scenario.yaml", problems)!, "", problems)!), problems.All);
    }

    private static SimulatedRun Run(Seed seed) => new()
    {
        Scenario = "evening",
        ScenarioText = "name: evening",
        Schedule = Fixtures.Poisson(0.6, 300, seed),
        Profile = Fixtures.Profile(ratios: Fixtures.Exponential(128)),
        Fleet = new FleetOptions { ProvisionDelay = Duration.FromSeconds(7) },
        Serving = new ServingOptions { Model = new ModelId(Fixtures.Model) },
        Autoscaler = new AutoscalerOptions { Kind = AutoscalerKind.ArticleRule, Pending = 2, Max = 4 },
        Seed = seed,
        Version = "test",
        Machine = "test",
    };
}
