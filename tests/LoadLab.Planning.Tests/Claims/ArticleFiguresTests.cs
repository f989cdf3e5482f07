using static LoadLab.Planning.ArticleFigures;

namespace LoadLab.Planning.Tests.Claims;

/// <summary>Expected values: the articles' own figures, by hand; costs of batches also of goldens/forecast-cost (saving 45 % for a pair, 56.25 % for four).</summary>
public sealed class ArticleFiguresTests
{
    [Theory]
    [InlineData(A9Ratio, 2, 0.55)]
    [InlineData(B3Seconds / B2Seconds, B3Batch, 0.4375)]
    [InlineData(1, 1, 1)]
    public void Unit_cost_is_the_batch_s_time_over_its_jobs(double ratio, int batch, double expected) => Assert.Equal(expected, UnitCost(ratio, batch), 12);

    [Fact]
    public void A10_is_not_what_A9_implies() => Assert.NotEqual(A10Saving, 1 - UnitCost(A9Ratio, 2), 0.1);

    [Fact]
    public void B4_is_not_what_B3_implies()
    {
        Assert.Equal(3.5, B3Seconds / 60 / B3Batch, 12);
        Assert.Equal(22.8, B4Minutes * B3Batch, 12);
    }

    [Fact]
    public void B5_is_what_B2_implies() => Assert.Equal(B5Clips, ClipsPerDay(B2Seconds), 12);

    [Fact]
    public void A_thousand_clips_of_eight_minutes_keep_more_than_five_GPUs_busy()
    {
        Assert.Equal(133.333333, GpuHours(B19Clips, B2Seconds), 6);
        Assert.Equal(5.555556, LeastGpus(B19Clips, B2Seconds), 6);
    }
}
