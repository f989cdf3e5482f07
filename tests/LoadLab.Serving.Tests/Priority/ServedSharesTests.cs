using LoadLab.Core;
using LoadLab.Serving.Priority;

namespace LoadLab.Serving.Tests.Priority;

/// <summary>Jain, Chiu and Hawe, DEC-TR-301 (1984): the index of k equal users of n, the others with nothing, is k/n; it has no unit.</summary>
public class ServedSharesTests
{
    [Theory]
    [InlineData(1.0)]
    [InlineData(1.0, 5.0)]
    [InlineData(1.0, 2.0, 2.0, 2.0, 2.0)]
    [InlineData(0.25, 7.0, 0.0, 0.0, 0.0)] // one of four
    [InlineData(0.2, 0.0, 0.0, 0.0, 0.0, 3.0)] // one of five
    [InlineData(0.5, 4.0, 4.0, 0.0, 0.0)] // two of four
    [InlineData(81 / 105.0, 1.0, 3.0, 5.0)] // 9^2 / (3 x 35)
    [InlineData(81 / 105.0, 1000.0, 3000.0, 5000.0)]
    public void Index_is_that_of_the_paper(double expected, params double[] seconds)
    {
        var shares = new ServedShares(100);
        for (var tenant = 0; tenant < seconds.Length; tenant++)
        {
            shares.Add($"t{tenant}", seconds[tenant]);
        }

        Assert.Equal(expected, shares.JainIndex, 12);
    }

    [Fact]
    public void Index_of_many_small_servings_is_that_of_their_sums()
    {
        var seed = new Seed(84);
        var random = new RandomStream(seed);
        var shares = new ServedShares(100);
        var sums = new double[20];
        for (var i = 0; i < 100_000; i++)
        {
            var tenant = random.NextInt(20);
            var seconds = random.NextExponential() * tenant;
            sums[tenant] += seconds;
            shares.Add($"t{tenant}", seconds);
        }

        Assert.Equal(Math.Pow(sums.Sum(), 2) / (20 * sums.Sum(x => x * x)), shares.JainIndex, 9);
    }

    [Fact]
    public void Tenants_past_the_bound_do_not_count()
    {
        var shares = new ServedShares(2);
        shares.Add("a", 1);
        shares.Add("b", 1);
        shares.Add("c", 100);
        shares.Add("a", 1);
        shares.Add("b", 1);
        Assert.Equal(1, shares.JainIndex, 12);
    }
}
