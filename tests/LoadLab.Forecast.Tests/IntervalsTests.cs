using System.Text.Json;
using LoadLab.Core;

namespace LoadLab.Forecast.Tests;

public class IntervalsTests
{
    [Theory]
    [InlineData("0.2")]
    [InlineData("0.1")]
    [InlineData("0.05")]
    [InlineData("0.01")]
    public void Split_conformal_agrees_with_the_golden(string alphaText)
    {
        var golden = Golden.Read("split_conformal");
        var alpha = double.Parse(alphaText, System.Globalization.CultureInfo.InvariantCulture);
        var point = golden.Number("point_forecast");
        var expected = golden.GetProperty("expected").GetProperty(alphaText);
        var sizes = golden.GetProperty("calibration_abs_residuals").Numbers().Order().ToArray();
        var signed = golden.GetProperty("calibration_signed_residuals").Numbers().Order().ToArray();

        var q = SplitConformal.Upper(sizes, 1 - alpha);
        Assert.Equal(expected.GetProperty("q_hat").ValueKind == JsonValueKind.Null ? double.PositiveInfinity : expected.Number("q_hat"), q);

        var (low, high) = (point + SplitConformal.Lower(signed, alpha / 2), point + SplitConformal.Upper(signed, 1 - (alpha / 2)));
        if (expected.GetProperty("signed_interval").ValueKind == JsonValueKind.Null)
        {
            Assert.True(double.IsNegativeInfinity(low) || double.IsPositiveInfinity(high));
        }
        else
        {
            Golden.Close(expected.GetProperty("signed_interval").Numbers(), [low, high]);
        }
    }

    [Fact]
    public void Too_few_errors_clamp_the_interval_and_say_so()
    {
        var model = new CalibratedModel(new LastValue().Fit([1]), new CalibrationOptions { Horizon = 1 });
        foreach (var value in Enumerable.Range(0, 20).Select(t => t % 2 == 0 ? 10.0 : 13.0))
        {
            model.Observe(value);
        }

        var step = model.Forecast().Steps[0];
        Assert.Equal(19, step.Errors);
        Assert.False(step.Interval80.Clamped);
        Assert.True(step.Interval95.Clamped);
        Assert.Equal((10, 16), (step.Interval95.Low, step.Interval95.High));
    }

    [Fact]
    public void With_thirty_nine_errors_the_95_percent_interval_is_proven()
    {
        var model = new CalibratedModel(new LastValue().Fit([1]), new CalibrationOptions { Horizon = 1 });
        var draw = new Seed(5).Stream("walk");
        for (var t = 0; t < 40; t++)
        {
            model.Observe(draw.NextNormal());
            Assert.Equal(t < 39, model.Forecast().Steps[0].Interval95.Clamped);
        }
    }

    [Fact]
    public void A_rate_is_never_forecast_below_zero()
    {
        var model = new CalibratedModel(new HoltDamped(new HoltDampedParameters(0.9, 0.9, 0.98, 50, -5)).Fit([1]), new CalibrationOptions { Horizon = 5, NonNegative = true });
        foreach (var value in Enumerable.Range(0, 11).Select(t => 50.0 - (5 * t)))
        {
            model.Observe(value);
        }

        Assert.All(model.Forecast().Steps, step => Assert.True(step.Point >= 0 && step.Interval95.Low >= 0 && step.Deciles.All(decile => decile >= 0)));
    }

    [Fact]
    public void The_window_forgets_the_oldest_error_first()
    {
        var window = new ResidualWindow(3);
        foreach (var error in (double[])[9, 1, 2, 3])
        {
            window.Add(error);
        }

        Assert.Equal(3, window.Count);
        Assert.Equal((3, true), window.Quantile(0.99, unknown: 0));
    }

    [Fact]
    public void Intervals_cover_what_they_say_on_a_random_walk()
    {
        var draw = new Seed(7).Stream("walk");
        var level = 0.0;
        var walk = Enumerable.Range(0, 3000).Select(_ => level += draw.NextNormal()).ToArray();
        var series = new Series("walk", "", [.. Enumerable.Range(0, walk.Length).Select(t => (double)t)], walk);
        var report = Backtest.RollingOrigin(series, new BacktestOptions { Calibration = new CalibrationOptions { Horizon = 3 } }, [new LastValue()]);
        Assert.All(report.Models[0].ByHorizon, accuracy =>
        {
            Assert.InRange(accuracy.Coverage80!.Value, 0.77, 0.84);
            Assert.InRange(accuracy.Coverage95!.Value, 0.93, 0.97);
        });
    }
}
