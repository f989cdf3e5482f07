using LoadLab.Model.Probe;

namespace LoadLab.Model.Tests.Probe;

public sealed class SpreadTests
{
    [Fact]
    public void Figures_are_those_worked_out_by_hand()
    {
        // Mean 5, squared differences 9 + 1 + 1 + 9 = 20, variance 20 / 3.
        var spread = Spread.Of([8, 2, 6, 4]);
        Assert.Equal((4, 5.0, 5.0, 2.0, 8.0), (spread.Count, spread.Mean, spread.Median, spread.Min, spread.Max));
        Assert.Equal(Math.Sqrt(20.0 / 3) / 5, spread.Cv, 12);

        // Places 0.03 and 2.97 of 0..3, between neighbours two apart.
        Assert.Equal(2.06, spread.P1, 12);
        Assert.Equal(7.94, spread.P99, 12);
    }

    [Fact]
    public void Outlier_counts_in_the_CV_and_is_set_aside_only_beside_it()
    {
        var spread = Spread.Of([.. Enumerable.Repeat(1.0, 999), 101]);

        // Mean 1.1; 999 * 0.01 + 9980.01 = 9990; variance 10.
        Assert.Equal(Math.Sqrt(10) / 1.1, spread.Cv, 9);
        Assert.Equal(0, spread.TrimmedCv);
        Assert.Equal(101, spread.Max);
    }

    [Fact]
    public void Too_few_values_have_no_variation()
    {
        Assert.Equal(double.NaN, Spread.Of([3]).Cv);
        Assert.Equal(3, Spread.Of([3]).Median);
        Assert.Equal(double.NaN, Spread.Of([]).Median);
    }
}
