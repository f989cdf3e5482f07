using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Fleet.Design;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Fleet.Tests;

public class CallDesignTests
{
    private const int MaxBatch = 3;

    /// <summary>Mostly small clips, now and then a long one.</summary>
    private static readonly double[] s_mix = [0.05, 0.1, 0.6, 0.2, 0.04, 0.01];

    private static readonly Lazy<CallDesign> s_design = new(() => CallDesign.Of(Figures(1), Prior(), 60, new Seed(1)));

    [Fact]
    public void Designed_calls_beat_random_calls_of_the_same_gpu_time_in_eight_of_ten_seeds()
    {
        var device = new SyntheticDevice { Scatter = 0.12, Misfit = 0.03, OutlierShare = 0.01, Seed = new Seed(11) };
        var (figures, design) = (Figures(1), s_design.Value);
        var trials = DesignProof.Of(device.MeasureAll(MaxBatch, 400, "pool"), device.Truth(MaxBatch, Scattered(device.Scatter)), figures, design, 10, new Seed(5));
        Assert.True(trials.Count(trial => trial.Won) >= 8, string.Join('\n', trials) + $"\n{design.After} {design.AfterRandom}\n" + string.Join('\n', design.Cells));
    }

    [Fact]
    public void Design_spends_its_budget_on_what_the_scenario_does_and_covers_every_edge()
    {
        var design = s_design.Value;
        Assert.InRange(design.Spent, 55, 60);
        Assert.Equal(design.Spent, design.Cells.Sum(cell => cell.GpuSeconds), 9);
        Assert.All(design.Cells, cell => Assert.Equal((cell.Repeats + cell.WarmUp) * cell.Seconds, cell.GpuSeconds, 9));
        Assert.Equal(design.Candidates.MinBy(cell => cell.Seconds)!.Cell, Assert.Single(design.Cells, cell => cell.WarmUp > 0).Cell);
        Assert.Equal(SyntheticDevice.Shapes[2], design.Cells.MaxBy(cell => cell.Repeats)!.Cell.Shape);
        Assert.Contains(design.Cells, cell => cell.Cell.Shape == SyntheticDevice.Shapes[0]);
        Assert.Contains(design.Cells, cell => cell.Cell.Shape == SyntheticDevice.Shapes[5]);
        Assert.True(design.After.P95 < design.AfterRandom.P95 && design.AfterRandom.P95 < design.Before.P95);
        Assert.True(design.After.Work < design.AfterRandom.Work && design.AfterRandom.Work < design.Before.Work);
        Assert.Equal(SyntheticDevice.Shapes.Length * MaxBatch, design.Candidates.Count);
    }

    [Fact]
    public void Same_inputs_give_the_same_design() => Assert.Equal(s_design.Value.Cells, CallDesign.Of(Figures(1), Prior(), 60, new Seed(1)).Cells);

    [Fact]
    public void Larger_budget_leaves_a_smaller_error()
    {
        var (small, large) = (s_design.Value, CallDesign.Of(Figures(1), Prior(), 400, new Seed(1)));
        Assert.True(large.After.P95 < small.After.P95 && large.After.Work < small.After.Work);
    }

    [Fact]
    public void What_was_measured_before_is_not_measured_again()
    {
        var prior = Prior();
        var busiest = s_design.Value.Cells.MaxBy(cell => cell.Repeats)!;
        var known = prior with { Services = [.. prior.Services.Select(entry => (entry.Shape, entry.Batch) == (busiest.Cell.Shape, busiest.Batch) ? entry with { Whole = entry.Whole with { Count = 5000 } } : entry)] };
        var again = CallDesign.Of(Figures(1), known, 60, new Seed(1));
        Assert.True((again.Cells.FirstOrDefault(cell => cell.Cell == busiest.Cell)?.Repeats ?? 0) < busiest.Repeats / 4);
    }

    [Fact]
    public void Budget_that_covers_too_little_is_refused_with_the_least_one()
    {
        var refused = Assert.Throws<InputException>(() => CallDesign.Of(Figures(1), Prior(), 1, new Seed(1)));
        Assert.Contains("does not measure every edge of what the scenario needs", refused.Message, StringComparison.Ordinal);
        Assert.Contains("give at least ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cell_measured_often_is_known_and_tells_of_its_neighbours()
    {
        var shape = SyntheticDevice.Shapes[0];
        DesignCell[] cells = [new("m", shape, 1), new("m", shape, 2), new("m", SyntheticDevice.Shapes[1], 1)];
        var belief = new Belief(cells, [0.1, 0.1, 0.1]);
        double Deviation(params double[] weights) => Math.Sqrt(belief.Variance(weights));
        var before = Deviation(0, 0, 1);
        var gain = belief.Gain([1, 0, 0], 0, 100);
        var variance = belief.Variance([1, 0, 0]);
        belief.Measure(0, 100);
        Assert.Equal(variance - gain, belief.Variance([1, 0, 0]), 12);
        Assert.Equal(0.01, Deviation(1, 0, 0), 0.001);
        Assert.InRange(Deviation(0, 0, 1), 0.1, 0.3);
        Assert.True(before > 0.5);
    }

    /// <summary>The means of equal slices of a lognormal law, nearly.</summary>
    private static double[] Scattered(double scatter)
    {
        var draws = new Seed(9).Stream("scatter");
        var ratios = Enumerable.Range(0, 512).Select(_ => Math.Exp(scatter * draws.NextNormal())).Order().ToArray();
        return [.. ratios.Select(ratio => ratio / ratios.Average())];
    }

    private static ScenarioFigures Figures(ulong seed) => new(
        [.. Enumerable.Range(0, 2).Select(number => Arrivals(new Seed(seed).Derive(number)))],
        new FleetOptions { StartBefore = Duration.FromSeconds(30) },
        new ServingOptions { Model = new ModelId(SyntheticDevice.Model), Batching = new BatchingOptions { Kind = BatchingKind.Window, Window = Duration.FromMilliseconds(200), MaxBatch = MaxBatch } },
        new AutoscalerOptions(),
        new Seed(seed));

    private static Schedule Arrivals(Seed seed)
    {
        var (schedule, shapes) = (Fixtures.Poisson(1.1, 400, seed), seed.Stream("shapes"));
        return Fixtures.Of(schedule.Length.Seconds, [.. schedule.Calls.Select(call =>
        {
            var (draw, index) = (shapes.NextDouble(), 0);
            while (index < s_mix.Length - 1 && (draw -= s_mix[index]) >= 0)
            {
                index++;
            }

            var shape = SyntheticDevice.Shapes[index];
            return call with { Model = SyntheticDevice.Model, Width = shape.Width, Height = shape.Height, Frames = shape.Frames, Steps = shape.Steps };
        })]);
    }

    /// <summary>A guess: another batch law and no misfit.</summary>
    private static ServiceProfile Prior() => new SyntheticDevice { BatchSlope = 1, TextS = 0.02 }.Truth(MaxBatch);
}
