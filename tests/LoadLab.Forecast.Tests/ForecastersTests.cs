namespace LoadLab.Forecast.Tests;

public class ForecastersTests
{
    private static double[] Ahead(IForecastModel model, IEnumerable<double> values, int horizon)
    {
        foreach (var value in values)
        {
            model.Observe(value);
        }

        var point = new double[horizon];
        model.Forecast(point);
        return point;
    }

    private static double[] Fitted(IForecastModel model, double[] values)
    {
        var fitted = new double[values.Length];
        for (var t = 0; t < values.Length; t++)
        {
            model.Forecast(fitted.AsSpan(t, 1));
            model.Observe(values[t]);
        }

        return fitted;
    }

    [Fact]
    public void Last_value_and_seasonal_naive_agree_with_the_golden()
    {
        var golden = Golden.Read("seasonal_naive");
        var y = golden.GetProperty("y").Numbers();
        var expected = golden.GetProperty("expected");
        Golden.Close(expected.GetProperty("naive").Numbers(), Ahead(new LastValue().Fit(y), y, 13));
        Golden.Close(expected.GetProperty("forecast").Numbers(), Ahead(new SeasonalNaive(8).Fit(y), y, 13));
    }

    [Fact]
    public void Simple_exponential_smoothing_agrees_with_the_golden()
    {
        var golden = Golden.Read("ses");
        var y = golden.GetProperty("y").Numbers();
        var expected = golden.GetProperty("expected");
        var ses = new SimpleExponentialSmoothing(golden.Number("alpha"));
        Golden.Close(expected.GetProperty("forecast").Numbers(), Ahead(ses.Fit(y), y, 6));
        Golden.Close(expected.GetProperty("fitted").Numbers(), Fitted(ses.Fit(y), y));
        Assert.Equal(expected.Number("residual_mse"), OneStep.SumOfSquares(ses.Fit(y), y) / y.Length, Golden.Tolerance);
    }

    [Fact]
    public void Holt_damped_agrees_with_the_golden()
    {
        var golden = Golden.Read("holt_damped");
        var y = golden.GetProperty("y").Numbers();
        var expected = golden.GetProperty("expected");
        var holt = new HoltDamped(new HoltDampedParameters(
            golden.Number("alpha"), golden.Number("beta"), golden.Number("phi"), golden.Number("initial_level"), golden.Number("initial_trend")));
        Golden.Close(expected.GetProperty("fitted").Numbers(), Fitted(holt.Fit(y), y));
        Golden.Close(expected.GetProperty("forecast").Numbers(), Ahead(holt.Fit(y), y, 6));
    }

    [Fact]
    public void Fitted_weights_are_no_worse_in_sample_than_any_of_a_fine_grid()
    {
        var y = Golden.Read("ses").GetProperty("y").Numbers();
        var ses = OneStep.SumOfSquares(new SimpleExponentialSmoothing().Fit(y), y);
        var holt = OneStep.SumOfSquares(new HoltDamped().Fit(y), y);
        var trend = (y[10] - y[0]) / 10;
        for (var a = 0.05; a < 1; a += 0.05)
        {
            Assert.True(ses <= OneStep.SumOfSquares(new SimpleExponentialSmoothing(a).Fit(y), y) + 1e-6);
            for (var b = 0.05; b < 1; b += 0.1)
            {
                var at = new HoltDamped(new HoltDampedParameters(a, b, 0.9, y[0], trend));
                Assert.True(holt <= OneStep.SumOfSquares(at.Fit(y), y) + 1e-6);
            }
        }
    }

    [Fact]
    public void A_trend_is_followed_by_holt_and_missed_by_the_last_value()
    {
        var line = Enumerable.Range(0, 100).Select(t => 10.0 + (2 * t)).ToArray();
        var holt = Ahead(new HoltDamped().Fit(line), line, 5);
        Assert.InRange(holt[4], 215, 218.1);
        Assert.Equal(208, Ahead(new LastValue().Fit(line), line, 5)[4]);
    }

    [Fact]
    public void A_gap_keeps_its_place()
    {
        double[] y = [1, 2, 3, 4, 1, double.NaN, double.NaN, 4, 1];
        Assert.Equal([2, 3, 4, 1], Ahead(new SeasonalNaive(4).Fit(y), y, 4));

        // Two unseen steps: the trend moves the level on instead of standing still.
        double[] climb = [0, 1, 2, 3, double.NaN, double.NaN, 6];
        var moved = new HoltDamped(new HoltDampedParameters(0.5, 0.5, 1, -1, 1));
        Assert.Equal(7, Ahead(moved.Fit(climb), climb, 1)[0], 12);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(5.0)]
    public void A_constant_series_is_forecast_as_that_constant(double constant)
    {
        var y = Enumerable.Repeat(constant, 50).ToArray();
        foreach (var forecaster in ForecastReport.Pool(7))
        {
            Assert.All(Ahead(forecaster.Fit(y), y, 10), point => Assert.Equal(constant, point, 9));
        }
    }
}
