using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Loading;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet.Tests;

public sealed class CalibrationTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("loadlab-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Calibration_finds_the_profile_behind_a_recorded_run()
    {
        var truth = Fixtures.Profile(ratios: Fixtures.Exponential(64)) with { FirstCallPenaltyS = 1.5 };
        var profile = Calibration.FromRuns([Record(truth, new Seed(1)), Record(truth, new Seed(2))]);
        var entry = Assert.Single(profile.Services);
        var known = truth.Services[0];
        Assert.Equal((Fixtures.Model, Fixtures.Shape, 1), (entry.Model, entry.Shape, entry.Batch));
        Assert.Equal((400, 398, 2, 398), (profile.RealCalls, entry.Whole.Count, profile.WarmUpCalls, entry.Whole.Ratios.Count));
        Assert.Equal(known.Whole.MeanS, entry.Whole.MeanS, known.Whole.MeanS * 0.12);
        Assert.Equal(0.05, entry.TextShare!.Value, 1e-6);
        Assert.Equal(0.8, entry.DenoiseShare!.Value, 1e-6);
        Assert.Equal(10.0, profile.ColdStart!.MeanS, 1e-6);
        Assert.Equal(2, profile.ColdStart.Count);

        // 200 exponential times a run: the means of two runs differ by some 10 %.
        Assert.InRange(entry.Error!.Value, 1e-6, 0.3);
        Assert.Equal(entry.Error, profile.Error);
        Assert.Equal("real", profile.Evidence);
        Assert.Equal(ProfileFile.ToBytes(profile), ProfileFile.ToBytes(ProfileFile.Parse(ProfileFile.ToBytes(profile), "p.json")));
    }

    [Fact]
    public void Warm_up_becomes_the_first_call_penalty()
    {
        var truth = Fixtures.Profile() with { FirstCallPenaltyS = 1.5 };
        var profile = Calibration.FromRuns([Record(truth, new Seed(1))]);
        Assert.Equal(1.5, profile.FirstCallPenaltyS, 1e-6);
        Assert.Equal(2.0, profile.Services[0].Whole.MeanS, 1e-6);
    }

    /// <summary>A replica that gives its model up when idle pays the penalty once a load; the means stay clean of it.</summary>
    [Fact]
    public void First_batch_after_every_load_is_warm_up()
    {
        var truth = Fixtures.Profile() with { FirstCallPenaltyS = 1.5 };
        var profile = Calibration.FromRuns([Record(truth, new Seed(1), new ServingOptions { Model = new ModelId(Fixtures.Model), Loading = new LoadingOptions { UnloadAfter = Duration.FromSeconds(2) } })]);
        Assert.InRange(profile.ColdStart!.Count, 5, 100);
        Assert.InRange(profile.WarmUpCalls, profile.ColdStart.Count - 1, profile.ColdStart.Count);
        Assert.Equal(1.5, profile.FirstCallPenaltyS, 1e-6);
        Assert.Equal(2.0, profile.Services[0].Whole.MeanS, 1e-6);
    }

    [Fact]
    public void Calls_of_the_first_time_do_not_count_and_a_first_batch_there_is_better_than_none()
    {
        var run = Record(Fixtures.Profile() with { FirstCallPenaltyS = 1.5 }, new Seed(1));
        var early = run.ReadCalls().Count(call => call.Started < Instant.Zero + Duration.FromSeconds(100));
        var profile = Calibration.FromRuns([run], warmUp: Duration.FromSeconds(100));
        Assert.InRange(early, 10, 190);
        Assert.Equal((200, early, 200 - early), (profile.RealCalls, profile.WarmUpCalls, profile.Services[0].Whole.Count));
        Assert.Equal((1, 1.5), (profile.ColdStart!.Count, Math.Round(profile.FirstCallPenaltyS, 6)));
        Assert.Contains("after the warm-up", Assert.Throws<InputException>(() => Calibration.FromRuns([run], warmUp: Duration.FromSeconds(1e6))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Error_of_one_run_is_the_jackknife_standard_error()
    {
        (int, double)[] times = [(0, 1), (0, 2), (0, 3), (0, 6)];

        // Mean 3, sample deviation sqrt(14/3), over sqrt(4), over the mean.
        Assert.Equal(Math.Sqrt(14.0 / 3) / 2 / 3, HeldOut.Error(times)!.Value, 12);
        Assert.Null(HeldOut.Error([(0, 1)]));
    }

    [Fact]
    public void Error_of_two_runs_is_each_against_the_other() =>
        Assert.Equal(((Math.Abs(2 - 4) / 4.0) + (Math.Abs(4 - 2) / 2.0)) / 2, HeldOut.Error([(0, 4), (1, 1), (1, 3)])!.Value, 12);

    [Fact]
    public void Simulated_runs_calibrate_nothing()
    {
        var run = Simulated(Fixtures.Profile(), new Seed(1)).Write(_root, TimeProvider.System).Folder;
        Assert.Contains("measured nothing", Assert.Throws<InputException>(() => Calibration.FromRuns([run])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_law_is_fitted_from_the_arena_samples_within_each_batch()
    {
        var run = Record(Fixtures.Profile(), new Seed(1));
        var calls = run.ReadCalls();
        File.Delete(run.File(SamplesFile.Name));
        using (var samples = new SamplesWriter(run.File(SamplesFile.ServerName)))
        {
            samples.Write([.. calls.Select(call => new Sample(call.Started!.Value + Duration.FromSeconds(1), "replica0", "arena.live", "bytes", 5e6))]);
        }

        var law = Calibration.FromRuns([run]).Memory!;
        Assert.Equal((5e6, 0.0, 0.0, 200), (law.FixedBytes, law.BytesPerToken, law.Error, law.Count));
    }

    [Fact]
    public void Memory_is_a_constant_and_a_slope_by_the_tokens_of_the_batch_and_a_missed_peak_moves_neither()
    {
        (double Tokens, double Bytes)[] exact = [(15, 2e6 + (15 * 3e4)), (30, 2e6 + (30 * 3e4)), (45, 2e6 + (45 * 3e4)), (90, 2e6 + (90 * 3e4)), (180, 2e6 + (180 * 3e4))];
        var law = MemoryFit.Fit([.. exact], 50, 32);
        Assert.Equal((2e6, 3e4, 50), (Math.Round(law.FixedBytes, 3), Math.Round(law.BytesPerToken, 6), law.Count));
        Assert.InRange(law.Error, 0, 1e-9);

        // 160x96 is 5x3 tokens of 32 pixels, 9 frames are 3 of them: 45.
        Assert.Equal(2e6 + (2 * 45 * 3e4), law.BytesOf(new Shape(160, 96, 9, 8, true), 2), 3);
        exact[2].Bytes = 1e6;
        var missed = MemoryFit.Fit([.. exact], 50, 32);
        Assert.InRange(missed.FixedBytes / 2e6, 0.99, 1.01);
        Assert.InRange(missed.BytesPerToken / 3e4, 0.99, 1.01);
        Assert.True(missed.Error > 1);
    }

    [Fact]
    public void Arena_peak_counts_for_the_batch_that_changed_it()
    {
        var run = Record(Fixtures.Profile(), new Seed(1));
        var calls = run.ReadCalls();
        File.Delete(run.File(SamplesFile.Name));
        using (var samples = new SamplesWriter(run.File(SamplesFile.ServerName)))
        {
            samples.Write(
            [
                .. calls.SelectMany((call, index) => new[]
                {
                    new Sample(call.Started!.Value + Duration.FromSeconds(1), "replica0", "arena.live", "bytes", 5e6),
                    new Sample(call.Started!.Value + Duration.FromSeconds(1), "replica0", "arena.peak", "bytes", index < 10 ? 8e6 : 9e6),
                }),
            ]);
        }

        Assert.Equal(9e6, Calibration.FromRuns([run]).Memory!.FixedBytes);
    }

    /// <summary>A run as a live server leaves it: the simulated one, its evidence changed.</summary>
    private RunFolder Record(ServiceProfile truth, Seed seed, ServingOptions? serving = null)
    {
        var (folder, result) = Simulated(truth, seed, serving).Write(_root, TimeProvider.System);
        folder.Write(folder.ReadManifest() with { Evidence = "real", RealCalls = result.Calls.Count(call => call.Outcome == Outcome.Completed) });
        return folder;
    }

    private static SimulatedRun Simulated(ServiceProfile profile, Seed seed, ServingOptions? serving = null) => new()
    {
        Scenario = "story",
        ScenarioText = "name: story",
        Schedule = Fixtures.Poisson(0.3, 200, seed),
        Profile = profile,
        Fleet = new FleetOptions { StartBefore = Duration.FromSeconds(30) },
        Serving = serving ?? new ServingOptions { Model = new ModelId(Fixtures.Model) },
        Autoscaler = new AutoscalerOptions(),
        Seed = seed,
        Version = "test",
        Machine = "test",
    };
}
