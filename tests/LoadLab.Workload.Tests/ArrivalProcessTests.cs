using LoadLab.Core;

namespace LoadLab.Workload.Tests;

public sealed class ArrivalProcessTests
{
    private const int Seeds = 4000;

    [Fact]
    public void Poisson_counts_have_the_integral_as_mean_and_variance()
    {
        var curve = RateCurve.Sum(60, [Shapes.Ramp(0, 2, 0, 60), Shapes.Constant(4, 20, 5)]);
        var counts = Enumerable.Range(0, Seeds).Select(seed => (double)Count(new ArrivalProcess.Poisson(), curve.Total, seed)).ToArray();
        var mean = counts.Average();

        // Standard errors: sqrt(80 / 4000) = 0.14 for the mean, 80 sqrt(2 / 4000) = 1.8 for the variance; four of each are allowed.
        Assert.Equal(80, curve.Total, 9);
        Assert.InRange(mean, 80 - 0.57, 80 + 0.57);
        Assert.InRange(counts.Average(count => Math.Pow(count - mean, 2)), 80 - 7.2, 80 + 7.2);
    }

    [Fact]
    public void Poisson_calls_follow_the_curve()
    {
        var curve = RateCurve.Sum(60, [Shapes.Ramp(0, 2, 0, 60)]);
        var times = Enumerable.Range(0, Seeds).SelectMany(seed => Times(new ArrivalProcess.Poisson(), curve, seed)).ToList();
        foreach (var share in new[] { 0.25, 0.5, 0.75 })
        {
            // The share of calls before t is the share of the integral before t; three standard errors over 240,000 calls are 0.003.
            Assert.Equal(curve.Integral(60 * share) / curve.Total, times.Count(time => time < 60 * share) / (double)times.Count, 0.003);
        }
    }

    [Theory]
    [InlineData(0.25, 2.0)]
    [InlineData(1.0, 1.0)]
    [InlineData(4.0, 0.5)]
    public void Gamma_gaps_have_the_coefficient_of_variation_of_their_shape(double shape, double cv)
    {
        var counts = new ArrivalProcess.Gamma(shape).Counts(new Seed(11).Stream("arrivals")).Take(200_000).ToArray();
        var gaps = counts.Zip(counts.Skip(1), (a, b) => b - a).ToArray();
        var mean = gaps.Average();
        Assert.Equal(1, mean, 0.02);
        Assert.Equal(cv, Math.Sqrt(gaps.Average(gap => Math.Pow(gap - mean, 2))) / mean, 0.03);
    }

    [Theory]
    [InlineData(0.25)]
    [InlineData(4.0)]
    public void Gamma_expected_count_is_the_integral(double shape)
    {
        // Without the equilibrium first gap the mean count of shape 0.25 would be 11.5, not 10. Standard error: sqrt(10 / shape / 4000), at most 0.1.
        var mean = Enumerable.Range(0, Seeds).Average(seed => Count(new ArrivalProcess.Gamma(shape), 10, seed));
        Assert.Equal(10, mean, 0.4);
    }

    [Theory]
    [InlineData(0.4, 5, 0.2)]
    [InlineData(1.0, 3, 2.0)]
    public void Clumps_have_the_integral_as_mean_and_the_fano_factor_of_their_size(double share, double size, double spacing)
    {
        // Windows of 400 expected counts, long beside a clump. Standard error of the mean: sqrt(400 F / 4000) = 0.65 at F = 4.2; of F: F sqrt(2 / 4000) = 2.2 %.
        var fano = 1 + (2 * share * (size - 1));
        var counts = Enumerable.Range(0, Seeds).Select(seed => (double)Count(new ArrivalProcess.Clumps(share, size, spacing), 400, seed)).ToArray();
        Assert.Equal(400, counts.Average(), 3.0);
        Assert.Equal(fano, Figures.Fano(counts), 0.11 * fano);
    }

    [Fact]
    public void Clumps_of_one_call_are_poisson()
    {
        var counts = new ArrivalProcess.Clumps(0.7, 1, 0.2).Counts(new Seed(11).Stream("arrivals")).Take(200_000).ToArray();
        Assert.Equal(1, Figures.GapCv(counts), 0.02);
        Assert.Equal(200_000, counts[^1], 2000.0);
    }

    [Theory]
    [InlineData(12.0, 12)]
    [InlineData(12.4, 12)]
    [InlineData(12.6, 13)]
    public void Even_count_is_the_integral_rounded(double total, int expected)
    {
        Assert.Equal(expected, Count(new ArrivalProcess.Even(), total, 0));
    }

    [Fact]
    public void Even_gaps_of_a_constant_rate_are_equal()
    {
        var times = Times(new ArrivalProcess.Even(), RateCurve.Sum(10, [Shapes.Constant(4, 0, 10)]), 0).ToArray();
        Assert.Equal(40, times.Length);
        Assert.Equal(0.125, times[0], 12);
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.Equal(0.25, pair.Second - pair.First, 12));
    }

    private static int Count(ArrivalProcess process, double total, int seed) =>
        process.Counts(new Seed((ulong)seed).Stream("arrivals")).TakeWhile(count => count < total).Count();

    private static IEnumerable<double> Times(ArrivalProcess process, RateCurve curve, int seed) =>
        process.Counts(new Seed((ulong)seed).Stream("arrivals")).TakeWhile(count => count < curve.Total).Select(curve.Inverse);
}
