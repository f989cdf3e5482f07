using LoadLab.Fleet;

namespace LoadLab.Planning.Tests;

/// <summary>Error, bias and interval on figures made by hand.</summary>
public sealed class FidelityRowTests
{
    /// <summary>Measured 1, 2, 3 (mean 2, deviation 1), predicted 2.2 each: half-width t(2) / sqrt 3 = 4.3027 / 1.7321.</summary>
    [Fact]
    public void Repeats_give_mean_spread_and_Student_s_interval()
    {
        var row = Assert.Single(FidelityRow.Of([Report(1, 2.2), Report(2, 2.2), Report(3, 2.2)]));
        Assert.Equal((2.0, 2.2), (row.Measured, Math.Round(row.Predicted, 12)));
        Assert.Equal(0.5, row.Spread!.Value, 12);
        Assert.Equal(4.30265273 / Math.Sqrt(3), row.Interval!.Value, 1e-6);
        Assert.Equal(0.2, row.Bias!.Value, 12);
        Assert.Equal(0.1, row.RelativeError!.Value, 12);
        Assert.Equal(row.Interval.Value / 2, row.RelativeInterval!.Value, 12);
        Assert.Equal(-0.5, row.ServiceOnlyError!.Value, 12);
        Assert.Null(row.QueueFormulaError);
    }

    /// <summary>The error is that of the means, not the mean of the errors: 1 and 3 predicted as 2 and 2 is no error.</summary>
    [Fact]
    public void Error_is_that_of_the_means() => Assert.Equal(0, FidelityRow.Of([Report(1, 2), Report(3, 2)])[0].RelativeError!.Value, 12);

    [Fact]
    public void One_run_has_no_interval()
    {
        var row = FidelityRow.Of([Report(2, 2.2)])[0];
        Assert.Equal((null, null, null), (row.Spread, row.Interval, row.RelativeInterval));
        Assert.Equal(0.1, row.RelativeError!.Value, 12);
    }

    [Fact]
    public void Figure_that_never_ends_has_no_error()
    {
        var row = FidelityRow.Of([Report(double.PositiveInfinity, 2), Report(1, 2)])[0];
        Assert.Equal((null, null, null), (row.RelativeError, row.Bias, row.Interval));
    }

    [Theory]
    [InlineData(1.029, 0, true, false, true)]
    [InlineData(0.971, 0, true, false, true)]
    [InlineData(1.031, 0, false, false, false)]
    [InlineData(1.04, 0.05, false, true, true)]
    [InlineData(1.06, 0.05, false, false, false)]
    public void Bound_holds_by_itself_or_by_the_interval(double predicted, double interval, bool within, bool needs, bool passed)
    {
        var bound = new FidelityBound(Row("mean latency", 1, predicted) with { Interval = interval }, 0.03);
        Assert.Equal((within, needs, passed), (bound.WithinBound, bound.NeedsInterval, bound.Passed));
    }

    [Fact]
    public void Mean_size_of_errors_counts_a_missing_one_as_infinite()
    {
        var bounds = FidelityBound.Of([Row("mean latency", 1, 1.01), Row("p50 latency", 1, 9), Row("p95 latency", 1, 0.97), Row("p99 latency", 1, 1.02)]);
        Assert.Equal([0.03, 0.05, 0.08], bounds.Select(bound => bound.Share));
        Assert.Equal(0.02, FidelityBound.MeanSize(bounds, row => row.RelativeError), 12);
        Assert.Equal(double.PositiveInfinity, FidelityBound.MeanSize(bounds, row => row.QueueFormulaError));
    }

    private static FidelityRow Row(string name, double measured, double predicted) => new(name, "s", measured, predicted, predicted, predicted, 1, double.PositiveInfinity);

    private static FidelityReport Report(double recorded, double simulated) => new()
    {
        Lines = [new FidelityLine("mean latency", "s", recorded, simulated, simulated, simulated, 1, double.PositiveInfinity)],
        Replications = 1,
        Planned = 1,
        Counted = 1,
        Completed = (1, 1),
        ProfileRealCalls = 0,
        RunRealCalls = 0,
        CalibratedOnThisRun = false,
        Assumptions = [],
    };
}
