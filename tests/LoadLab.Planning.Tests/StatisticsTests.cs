using LoadLab.Core;

namespace LoadLab.Planning.Tests;

public class StatisticsTests
{
    [Fact]
    public void A_ratio_of_sums_agrees_with_the_golden()
    {
        var golden = Golden.Read("cost_ratio_ci");
        var (inputs, expected) = (golden.GetProperty("inputs"), golden.GetProperty("expected"));
        var ratio = RatioInterval.Of(inputs.GetProperty("block_cost").Numbers(), inputs.GetProperty("block_successes").Numbers(), 1000);
        Assert.Equal(inputs.Number("t_quantile_0975_df11"), StudentT.Factor(11), Golden.Tolerance);
        Assert.Equal(expected.Number("ratio_per_1000"), ratio.Estimate, Golden.Tolerance);
        Assert.Equal(expected.Number("se_linearised"), ratio.StandardError, Golden.Tolerance);
        Golden.Close(expected.GetProperty("ci_linearised").Numbers(), [ratio.Low, ratio.High]);
        Assert.Equal(12, ratio.Blocks);
        Assert.NotEqual(expected.Number("mean_of_block_ratios_wrong"), ratio.Estimate, 1.0);
    }

    [Fact]
    public void A_paired_difference_of_ratios_agrees_with_the_golden()
    {
        var golden = Golden.Read("cost_ab_paired_ci");
        var (inputs, expected) = (golden.GetProperty("inputs"), golden.GetProperty("expected"));
        double[] Input(string name) => inputs.GetProperty(name).Numbers();
        var paired = PairedComparison.OfRatios(Input("cost_a"), Input("succ_a"), Input("cost_b"), Input("succ_b"), 1000);
        Assert.Equal(expected.Number("ratio_a"), paired.A, Golden.Tolerance);
        Assert.Equal(expected.Number("ratio_b"), paired.B, Golden.Tolerance);
        Assert.Equal(expected.Number("difference"), paired.Difference, Golden.Tolerance);
        Assert.Equal(5.208462, paired.StandardError, Golden.Tolerance);
        Assert.Equal(31.258782, paired.UnpairedStandardError, Golden.Tolerance);
        Golden.Close(expected.GetProperty("ci_paired").Numbers(), [paired.Low, paired.High]);
        Assert.Equal(expected.Number("relative_change"), paired.RelativeChange!.Value, Golden.Tolerance);
        Assert.True(paired.UnpairedHalfWidth > 3 * paired.HalfWidth);
    }

    [Fact]
    public void A_paired_mean_is_the_textbook_t_interval()
    {
        // Differences 1, 2, 3, 4: mean 2.5, sd 1.2909944487, t(3) 3.1824463053.
        var paired = PairedComparison.OfMeans([11, 22, 33, 44], [10, 20, 30, 40]);
        Assert.Equal(2.5, paired.Difference, 12);
        Assert.Equal(1.2909944487 / 2, paired.StandardError, 9);
        Assert.Equal(3.1824463053 * 1.2909944487 / 2, paired.HalfWidth, 7);
        Assert.Equal((27.5, 25), (paired.A, paired.B));
    }

    [Fact]
    public void Ninety_five_percent_of_paired_intervals_hold_the_true_difference()
    {
        var draw = new Seed(17).Stream("pairs");
        var held = 0;
        for (var trial = 0; trial < 2000; trial++)
        {
            var shared = Enumerable.Range(0, 10).Select(_ => 5 * draw.NextNormal()).ToArray();
            var paired = PairedComparison.OfMeans([.. shared.Select(s => s + 1 + draw.NextNormal())], [.. shared.Select(s => s + draw.NextNormal())]);
            held += paired.Low <= 1 && paired.High >= 1 ? 1 : 0;
        }

        Assert.InRange(held / 2000.0, 0.935, 0.965);
    }

    [Theory]
    [InlineData(6, 0, 0.03125)]
    [InlineData(5, 0, 0.0625)]
    [InlineData(9, 1, 0.021484375)]
    [InlineData(3, 3, 1)]
    [InlineData(0, 0, 1)]
    public void The_sign_test_is_exact(int lower, int higher, double chance) => Assert.Equal(chance, SignTest.Probability(lower, higher), 12);
}
