using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet.Tests;

public sealed class FidelityTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("loadlab-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Fidelity_of_the_true_profile_is_exact_and_of_a_wrong_one_is_not()
    {
        var run = Record(Fixtures.Profile(), new Seed(1));
        var exact = Fidelity.Compare(run, Fixtures.Profile());
        Assert.Equal(["mean latency", "p50 latency", "p95 latency", "p99 latency", "mean wait", "mean service", "throughput", "busy share"], exact.Lines.Select(line => line.Name));
        Assert.All(exact.Lines, line => Assert.Equal(0, line.Error!.Value, 1e-9));
        var wrong = Fidelity.Compare(run, Fixtures.Profile(wholeSeconds: 2.2));
        Assert.Equal(0.1, wrong.Lines.Single(line => line.Name == "mean service").Error!.Value, 1e-6);
        Assert.True(wrong.Lines[0].Error > 0.1);
        Assert.Equal((200, 200, false), (wrong.Planned, wrong.RunRealCalls, wrong.CalibratedOnThisRun));
    }

    [Fact]
    public void Fidelity_says_when_a_run_is_judged_by_its_own_calls()
    {
        var run = Record(Fixtures.Profile(ratios: Fixtures.Exponential(64)), new Seed(1));
        var other = Record(Fixtures.Profile(ratios: Fixtures.Exponential(64)), new Seed(2));
        Assert.True(Fidelity.Compare(run, Calibration.FromRuns([run])).CalibratedOnThisRun);
        var held = Fidelity.Compare(other, Calibration.FromRuns([run]));
        Assert.False(held.CalibratedOnThisRun);
        Assert.Equal(200, held.ProfileRealCalls);
        Assert.All(held.Lines, line => Assert.InRange(line.Error!.Value, -0.9, 3));
        Assert.All(held.Lines, line => Assert.InRange(line.Simulated, line.Low, line.High));
    }

    /// <summary>Two calls at 0 and 1 s of 2 s each on one replica: the second waits a second; four busy seconds of the four that the load lasts.</summary>
    [Fact]
    public void Figures_of_two_calls_on_one_replica_are_those_on_paper()
    {
        var run = Record(Fixtures.Profile(), new Seed(1), Fixtures.Schedule(1, 0, 1));
        var lines = Fidelity.Compare(run, Fixtures.Profile()).Lines.ToDictionary(line => line.Name, line => line.Recorded);
        Assert.Equal(2.5, lines["mean latency"], 9);
        Assert.Equal((2.0, 3.0, 3.0), (lines["p50 latency"], lines["p95 latency"], lines["p99 latency"]));
        Assert.Equal(0.5, lines["mean wait"], 9);
        Assert.Equal(2.0, lines["mean service"], 9);
        Assert.Equal(0.5, lines["throughput"], 9);
        Assert.Equal(1.0, lines["busy share"], 9);
    }

    /// <summary>The same with the first call as warm-up: the second alone counts, and what the first left in the queue.</summary>
    [Fact]
    public void Warm_up_is_played_and_does_not_count()
    {
        var run = Record(Fixtures.Profile(), new Seed(1), Fixtures.Schedule(1, 0, 1));
        var report = Fidelity.Compare(run, Fixtures.Profile(), warmUp: Duration.FromSeconds(0.5));
        var lines = report.Lines.ToDictionary(line => line.Name, line => line.Recorded);
        Assert.Equal((2, 1), (report.Planned, report.Counted));
        Assert.Equal((3.0, 3.0, 1.0), (lines["mean latency"], lines["p50 latency"], lines["mean wait"]));
        Assert.Equal(1 / 3.5, lines["throughput"], 9);
        Assert.Equal(1.0, lines["busy share"], 9);
        Assert.All(report.Lines, line => Assert.Equal(0, line.Error!.Value, 1e-9));
        Assert.Contains("shorten the warm-up", Assert.Throws<InputException>(() => Fidelity.Compare(run, Fixtures.Profile(), warmUp: Duration.FromSeconds(5))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Naive_predictors_stand_in_every_line()
    {
        var run = Record(Fixtures.Profile(), new Seed(1));
        var lines = Fidelity.Compare(run, Fixtures.Profile()).Lines.ToDictionary(line => line.Name);
        Assert.Equal((2.0, 2.0, 0.0), (lines["mean latency"].ServiceOnly, lines["p99 latency"].ServiceOnly, lines["mean wait"].ServiceOnly));
        Assert.True(lines["mean latency"].QueueFormula > 2);
        Assert.Equal(lines["mean latency"].QueueFormula - 2, lines["mean wait"].QueueFormula, 9);
        Assert.All(lines.Values, line => Assert.True(double.IsFinite(line.QueueFormula) && double.IsFinite(line.ServiceOnly), line.Name));
    }

    [Fact]
    public void Run_without_a_journal_is_refused()
    {
        var run = Record(Fixtures.Profile(), new Seed(1));
        File.Delete(run.File(RunFolder.DecisionsName));
        Assert.Contains("has no schedule or no decisions.jsonl", Assert.Throws<InputException>(() => Fidelity.Compare(run, Fixtures.Profile())).Message, StringComparison.Ordinal);
    }

    /// <summary>A run as a live server leaves it: the simulated one, its evidence changed.</summary>
    private RunFolder Record(ServiceProfile truth, Seed seed, Workload.Schedule? schedule = null)
    {
        var (folder, result) = new SimulatedRun
        {
            Scenario = "story",
            ScenarioText = "name: story",
            Schedule = schedule ?? Fixtures.Poisson(0.3, 200, seed),
            Profile = truth,
            Fleet = new FleetOptions { StartBefore = Duration.FromSeconds(30) },
            Serving = new ServingOptions { Model = new ModelId(Fixtures.Model) },
            Autoscaler = new AutoscalerOptions(),
            Seed = seed,
            Version = "test",
            Machine = "test",
        }.Write(_root, TimeProvider.System);
        folder.Write(folder.ReadManifest() with { Evidence = "real", RealCalls = result.Calls.Count(call => call.Outcome == Outcome.Completed) });
        return folder;
    }
}
