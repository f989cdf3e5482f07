namespace LoadLab.Workload.Tests;

public sealed class RateCurveTests
{
    private static RateCurve Composed => RateCurve.Sum(60,
    [
        Shapes.Constant(0.5, 0, 60),
        Shapes.Ramp(0, 4, 5, 20),
        Shapes.Ramp(3, 0, 10, 30),
        Shapes.Constant(7, 20, 5),
        Shapes.Steps(0, [(1, 7), (0, 11), (2.5, 13)]),
    ]);

    [Fact]
    public void Composition_rate_is_the_sum_of_its_shapes()
    {
        var curve = Composed;
        Assert.Equal(0.5 + 1, curve.RateAt(4.9), 12);
        Assert.Equal(0.5 + (4 * 7 / 20.0) + (3 * 28 / 30.0), curve.RateAt(12), 12);
        Assert.Equal(0.5 + 7 + (4 * 17 / 20.0) + (3 * 18 / 30.0) + 2.5, curve.RateAt(22), 12);
        Assert.Equal(0.5, curve.RateAt(59), 12);
        Assert.Equal(0, curve.RateAt(60));
    }

    [Fact]
    public void Composition_total_is_the_sum_of_the_areas()
    {
        Assert.Equal(30 + 40 + 45 + 35 + 7 + (2.5 * 13), Composed.Total, 10);
    }

    [Fact]
    public void Integral_agrees_with_fine_summation()
    {
        var curve = Composed;
        const double Step = 1e-4;
        var sum = 0.0;
        for (var i = 0; i < 600_000; i++)
        {
            sum += curve.RateAt((i + 0.5) * Step) * Step;
            if (i % 60_000 == 59_999)
            {
                Assert.Equal(sum, curve.Integral((i + 1) * Step), 6);
            }
        }
    }

    [Fact]
    public void Inverse_undoes_the_integral()
    {
        var curve = Composed;
        for (var i = 0; i < 5000; i++)
        {
            var area = curve.Total * i / 5000;
            Assert.Equal(area, curve.Integral(curve.Inverse(area)), 9);
        }
    }

    [Theory]
    [InlineData(1.0, 9.0)]
    [InlineData(9.0, 1.0)]
    [InlineData(0.0, 5.0)]
    [InlineData(5.0, 0.0)]
    public void Inverse_on_a_ramp_solves_the_published_area_equation(double a, double b)
    {
        // k6's form for event i of a ramp from a to b over d: x = (a d - sqrt(d (a^2 d + 2 i (b - a)))) / (a - b).
        const double D = 30;
        var curve = RateCurve.Sum(D, [Shapes.Ramp(a, b, 0, D)]);
        for (var i = 1; i < curve.Total; i++)
        {
            var expected = ((a * D) - Math.Sqrt(D * ((a * a * D) + (2 * i * (b - a))))) / (a - b);
            Assert.Equal(expected, curve.Inverse(i), 7);
        }
    }

    [Fact]
    public void Inverse_skips_silence()
    {
        var curve = RateCurve.Sum(30, [Shapes.Constant(1, 0, 5), Shapes.Constant(1, 20, 10)]);
        Assert.Equal(4.5, curve.Inverse(4.5), 12);
        Assert.Equal(20.0, curve.Inverse(5), 12);
        Assert.Equal(20.5, curve.Inverse(5.5), 12);
    }

    [Fact]
    public void Inverse_is_stable_on_an_almost_flat_ramp()
    {
        // The textbook root divides two tiny differences here.
        var curve = RateCurve.Sum(1000, [Shapes.Ramp(5, 5 + 1e-13, 0, 1000)]);
        Assert.Equal(500, curve.Inverse(2500), 6);
    }

    [Fact]
    public void Inverse_beyond_the_total_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Composed.Inverse(Composed.Total));
    }

    [Fact]
    public void Scaled_multiplies_every_rate()
    {
        Assert.Equal(Composed.Total * 2.5, Composed.Scaled(2.5).Total, 9);
        Assert.Equal(Composed.Peak * 2.5, Composed.Scaled(2.5).Peak, 9);
    }

    [Fact]
    public void Shape_past_the_end_is_cut()
    {
        Assert.Equal(10, RateCurve.Sum(10, [Shapes.Constant(1, 0, 50)]).Total, 12);
    }
}
