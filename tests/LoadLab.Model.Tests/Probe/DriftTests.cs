using LoadLab.Model.Probe;

namespace LoadLab.Model.Tests.Probe;

public sealed class DriftTests
{
    [Fact]
    public void Straight_line_drifts_by_its_rise_over_its_median()
    {
        // 1.00 to 1.02 in 100 s, median 1.01.
        var drift = Drift.Of([.. Enumerable.Range(0, 1001).Select(i => (i / 10.0, 1 + (0.02 * i / 1000)))]);
        Assert.Equal(0.02 / 1.01, drift.Relative, 4);
        Assert.Equal(drift.Relative, drift.Low, 4);
        Assert.Equal(drift.Relative, drift.High, 4);

        // Medians of the tenths: 1.001 and 1.019.
        Assert.Equal((1.019 / 1.001) - 1, drift.FirstToLastTenth, 9);
    }

    [Fact]
    public void Slope_is_the_median_of_the_slopes_between_slices()
    {
        // Four slices at 0, 5, 10, 15 (the rest of the twenty are empty): values 1, 1, 2, 1.
        // Slopes 0, 1/10, 0, 1/5, 0, -1/5; ascending -0.2, 0, 0, 0, 0.1, 0.2: median 0.
        var drift = Drift.Of([(0, 1), (5, 1), (10, 2), (15, 1)]);
        Assert.Equal(0, drift.Relative);

        // C = 1.96 sqrt(4 * 3 * 13 / 18) = 5.77: the interval takes in every slope; times 15 s, over the median 1.
        Assert.Equal(-3, drift.Low, 12);
        Assert.Equal(3, drift.High, 12);
    }

    [Fact]
    public void One_disturbed_slice_at_the_end_does_not_decide()
    {
        var drift = Drift.Of([.. Enumerable.Range(0, 2000).Select(i => ((double)i, i < 1880 ? 1.0 : 3.0))]);
        Assert.Equal(0, drift.Relative);
        Assert.Equal(2, drift.FirstToLastTenth);
    }

    [Fact]
    public void Too_little_time_has_no_drift_and_passes_no_gate()
    {
        Assert.Equal(double.NaN, Drift.Of([]).Relative);
        Assert.Equal(double.NaN, Drift.Of([(1, 1), (1, 2), (1, 3)]).Relative);
        Assert.False(ProbeGates.RatioDrift(Drift.Of([(0, 1), (1, 1)])).Passed);
    }
}
