using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet.Tests;

public class StageFitTests
{
    private static readonly Shape s_between = new(128, 96, 13, 6, true);

    [Fact]
    public void Exact_times_give_the_law_back()
    {
        var device = new SyntheticDevice();
        var law = Fit(device.MeasureAll(4, 3));
        Close(device.TextS, law.TextS);
        Close(device.Step.Fixed, law.StepFixedS);
        Close(device.Step.Token, law.StepPerTokenS);
        Close(device.Step.Square, law.StepPerTokenSquaredS);
        Close(device.Decode.Fixed, law.DecodeFixedS);
        Close(device.Decode.Pixel, law.DecodePerPixelS);
        Assert.Equal([1, 2, 3, 4], law.Batches.Select(factor => factor.Batch));
        Close(1.9, law.Batches[1].Denoise);
        Close(3.7, law.Batches[3].Decode);
        Assert.Equal((24, 72 / 4 * (1 + 2 + 3 + 4)), (law.Cells, law.Calls));
        Assert.InRange(law.Error!.Value, 0, 1e-6);
        Assert.InRange(law.HeldOutError!.Value, 0, 1e-6);
    }

    [Fact]
    public void Shape_and_batch_between_the_measured_ones_come_from_the_law()
    {
        var device = new SyntheticDevice();
        var law = Fit([.. device.MeasureAll(4, 3).Where(batch => batch.Size != 3)]);
        Close(device.Mean(s_between, 3), law.Of(s_between, 3)!.Whole.MeanS);
        var (text, denoise, _) = device.Stages(s_between, 3);
        Close(text / device.Mean(s_between, 3), law.Of(s_between, 3)!.TextShare!.Value);
        Close(denoise / device.Mean(s_between, 3), law.Of(s_between, 3)!.DenoiseShare!.Value);
        var unguided = s_between with { Guided = false };
        Close(device.Mean(unguided, 1), law.Of(unguided, 1)!.Whole.MeanS);
    }

    [Theory]
    [InlineData(512, 320, 9, 8, 1, "tokens 480 outside 8..200")]
    [InlineData(160, 96, 9, 20, 1, "steps 20 outside 4..16")]
    [InlineData(64, 64, 21, 4, 1, "frames 21 outside 5..17")]
    [InlineData(160, 96, 9, 8, 5, "batch 5 outside 1..4")]
    [InlineData(160, 96, 9, 2, 8, "steps 2 outside 4..16, batch 8 outside 1..4")]
    public void Nothing_is_told_outside_the_range(int width, int height, int frames, int steps, int batch, string problem)
    {
        var law = Fit(new SyntheticDevice().MeasureAll(4, 3));
        var shape = new Shape(width, height, frames, steps, true);
        Assert.Null(law.Of(shape, batch));
        Assert.Equal(problem, Profile(law).Outside(SyntheticDevice.Model, shape, batch));
    }

    [Fact]
    public void Simulation_beyond_the_range_is_refused_with_the_range()
    {
        var schedule = Fixtures.Of(10, [Fixtures.Call(0, 0) with { Model = SyntheticDevice.Model, Steps = 40 }]);
        var refused = Assert.Throws<InputException>(() => FleetSimulation.Run(schedule, Profile(Fit(new SyntheticDevice().MeasureAll(2, 3))), new FleetOptions(), new ServingOptions { Model = new ModelId(SyntheticDevice.Model) }, new AutoscalerOptions(), new Seed(1)));
        Assert.Contains("is beyond what was measured: steps 40 outside 4..16; nothing is extrapolated: calibrate this shape", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Batch_beyond_the_range_is_refused_when_it_comes_up()
    {
        var calls = Enumerable.Range(0, 8).Select(i => Fixtures.Call(i, 1) with { Model = SyntheticDevice.Model }).ToList();
        var serving = new ServingOptions { Model = new ModelId(SyntheticDevice.Model), Batching = new BatchingOptions { Kind = BatchingKind.Window, MaxBatch = 4 } };
        var profile = Profile(Fit(new SyntheticDevice().MeasureAll(2, 3)));
        var refused = Assert.Throws<InputException>(() => FleetSimulation.Run(Fixtures.Of(10, calls), profile, new FleetOptions(), serving, new AutoscalerOptions(), new Seed(1)));
        Assert.Contains("came in a batch beyond what was measured: batch 4 outside 1..2", refused.Message, StringComparison.Ordinal);
        var small = serving with { Batching = serving.Batching with { MaxBatch = 2 } };
        Assert.Equal(8, FleetSimulation.Run(Fixtures.Of(10, calls), profile, new FleetOptions(), small, new AutoscalerOptions(), new Seed(1)).Calls.Count(call => call.Outcome == Outcome.Completed));
    }

    [Fact]
    public void Bursts_of_ten_times_in_two_per_cent_of_calls_move_law_and_cells_by_less_than_one_per_cent()
    {
        var calm = new SyntheticDevice { Scatter = 0.03 };
        var (services, laws) = Times(calm.MeasureAll(3, 100));
        var (burst, burstLaws) = Times((calm with { OutlierShare = 0.02 }).MeasureAll(3, 100));
        foreach (var (quiet, loud) in services.Zip(burst))
        {
            Assert.Equal(quiet.Shape, loud.Shape);
            Assert.InRange(loud.Whole.MeanS / quiet.Whole.MeanS, 0.99, 1.01);
        }

        foreach (var shape in SyntheticDevice.Shapes.Append(s_between))
        {
            Assert.InRange(burstLaws[0].Of(shape, 2)!.Whole.MeanS / laws[0].Of(shape, 2)!.Whole.MeanS, 0.99, 1.01);
            Assert.InRange(laws[0].Of(shape, 2)!.Whole.MeanS / calm.Mean(shape, 2), 0.99, 1.01);
        }

        // 18 cells of 100: some 36.
        Assert.InRange(burst.Sum(entry => entry.Outliers), 15, 60);
        Assert.Equal(0, services.Sum(entry => entry.Outliers));
    }

    [Fact]
    public void Burst_in_a_cell_of_two_calls_is_told_by_the_law()
    {
        var device = new SyntheticDevice { Scatter = 0.02 };
        var rare = device.Measure(s_between, 1, 2).ToList();
        rare[1] = rare[1] with { Ended = rare[1].Started + Duration.FromSeconds(10 * device.Mean(s_between, 1)), Denoise = 10 * device.Mean(s_between, 1) };
        var (services, laws) = Times([.. device.MeasureAll(2, 40), .. rare]);
        var profile = Profile(laws[0]) with { Services = services };
        Assert.InRange(profile.Find(SyntheticDevice.Model, s_between, 1)!.Whole.MeanS / device.Mean(s_between, 1), 0.97, 1.03);
    }

    [Fact]
    public void Honest_long_tail_keeps_its_mean()
    {
        var device = new SyntheticDevice { Scatter = 0.6 };
        var cell = Assert.Single(MeasuredCell.Of(device.Measure(s_between, 1, 4000)));
        Assert.InRange(cell.Outliers, 0, 4);
        Assert.InRange(cell.Whole / device.Mean(s_between, 1), 0.97, 1.03);
    }

    [Fact]
    public void Cell_that_was_measured_often_is_used_as_it_is_and_a_rare_one_is_left_to_the_law()
    {
        var device = new SyntheticDevice { Scatter = 0.2, Misfit = 0.03 };
        var often = device.Measure(s_between, 1, 400).ToList();
        var (services, laws) = Times([.. device.MeasureAll(2, 400), .. often, .. device.Measure(s_between, 2, 2)]);
        var profile = Profile(laws[0]) with { Services = services };
        Assert.Equal(often.Average(batch => batch.Whole), profile.Find(SyntheticDevice.Model, s_between, 1)!.Whole.MeanS, 9);
        Assert.DoesNotContain(services, entry => entry.Shape == s_between && entry.Batch == 2);

        // The batch of two grows from the shape's own single time as the law says.
        var grown = laws[0].Of(s_between, 2)!.Whole.MeanS / laws[0].Of(s_between, 1)!.Whole.MeanS;
        Assert.Equal(often.Average(batch => batch.Whole) * grown, profile.Find(SyntheticDevice.Model, s_between, 2)!.Whole.MeanS, 9);
    }

    [Fact]
    public void Held_out_error_is_about_what_the_law_misses_of_cells_it_did_not_see()
    {
        var device = new SyntheticDevice { Misfit = 0.05 };
        var law = Fit(device.MeasureAll(4, 5));
        Assert.InRange(law.HeldOutError!.Value, 0.02, 0.12);
        Assert.True(law.HeldOutError > law.Error);
    }

    [Fact]
    public void Runs_without_stages_give_a_law_of_the_whole()
    {
        var device = new SyntheticDevice();
        var law = Fit([.. device.MeasureAll(2, 3).Select(batch => batch with { Text = null, Denoise = null, Decode = null })]);
        Assert.False(law.Split);
        Assert.All(SyntheticDevice.Shapes, shape => Assert.InRange(law.Of(shape, 1)!.Whole.MeanS / device.Mean(shape, 1), 0.93, 1.07));
        Assert.Null(law.Of(s_between, 1)!.TextShare);
    }

    [Fact]
    public void Single_cell_gives_a_law_of_that_cell_alone()
    {
        var device = new SyntheticDevice();
        var law = Fit([.. device.Measure(s_between, 1, 5)]);
        Close(device.Mean(s_between, 1), law.Of(s_between, 1)!.Whole.MeanS);
        Assert.Null(law.HeldOutError);
        Assert.Null(law.Of(SyntheticDevice.Shapes[2], 1));
        Assert.Equal("tokens 36..36, steps 6..6, frames 13..13, batch 1..1".Replace("36..36", $"{law.Range.Tokens}", StringComparison.Ordinal), law.Range.ToString());
    }

    private static StageLaw Fit(IReadOnlyList<MeasuredBatch> batches) => StageFit.Of(MeasuredCell.Of(batches))!;

    private static (List<ServiceEntry> Services, List<StageLaw> Laws) Times(IReadOnlyList<MeasuredBatch> batches) => Calibration.Times(MeasuredCell.Of(batches));

    private static ServiceProfile Profile(StageLaw law) => new() { Name = "fitted", Device = "synthetic", Evidence = "published", Services = [], StageLaws = [law] };

    private static void Close(double expected, double actual) => Assert.InRange(actual / expected, 1 - 1e-5, 1 + 1e-5);
}
