using System.Text.Json;
using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Forecast.Tests;

public class BacktestTests
{
    private static readonly BacktestOptions s_options = new() { Calibration = new CalibrationOptions { Horizon = 5 } };

    private static Series Wave(int count, Func<int, double>? replace = null)
    {
        var draw = new Seed(11).Stream("wave");
        var values = Enumerable.Range(0, count).Select(t => 10 + (5 * Math.Sin(t / 8.0)) + draw.NextNormal()).ToArray();
        return new Series("wave", "calls/s", [.. Enumerable.Range(0, count).Select(t => t * 2.0)], [.. values.Select((value, t) => replace is null ? value : replace(t) is var other && double.IsNaN(other) ? value : other)]);
    }

    [Fact]
    public void A_changed_future_never_changes_an_earlier_forecast()
    {
        const int Change = 150;
        var before = Backtest.RollingOrigin(Wave(200), s_options, ForecastReport.Pool(8));
        var after = Backtest.RollingOrigin(Wave(200, t => t >= Change ? 1e6 + t : double.NaN), s_options, ForecastReport.Pool(8));
        foreach (var (a, b) in before.Models.Zip(after.Models))
        {
            var earlier = a.Rows.Zip(b.Rows).Where(pair => pair.First.Origin <= Change).ToList();
            Assert.Equal((Change - 120 + 1) * 5, earlier.Count);
            Assert.All(earlier, pair =>
            {
                Assert.Equal(pair.First.Forecast.Point, pair.Second.Forecast.Point);
                Assert.Equal(pair.First.Forecast.Interval80, pair.Second.Forecast.Interval80);
                Assert.Equal(pair.First.Forecast.Interval95, pair.Second.Forecast.Interval95);
                Assert.Equal(pair.First.Forecast.Deciles, pair.Second.Forecast.Deciles);
            });
            Assert.Contains(a.Rows.Zip(b.Rows), pair => pair.First.Origin > Change && pair.First.Forecast.Point != pair.Second.Forecast.Point);
        }
    }

    [Fact]
    public void The_last_value_has_an_owa_of_one_and_a_trend_is_beaten_by_holt()
    {
        var line = new Series("line", "", [.. Enumerable.Range(0, 100).Select(t => (double)t)], [.. Enumerable.Range(0, 100).Select(t => 10.0 + t)]);
        var report = Backtest.RollingOrigin(line, s_options, ForecastReport.Pool());
        Assert.Equal(1, report.Models[0].Pooled.Owa!.Value, 12);
        Assert.Equal(1, report.Models[0].ByHorizon[0].Mase!.Value, 12);
        var holt = report.Models.Single(model => model.Name == "holt-damped");
        Assert.InRange(holt.Pooled.Owa!.Value, 0, 0.3);
        Assert.Equal("holt-damped", ForecastReport.Of(line, s_options, ForecastReport.Pool()).Chosen);
    }

    [Fact]
    public void Gaps_are_not_scored_and_do_not_shift_the_rest()
    {
        var holes = Wave(200);
        var values = holes.Values.Select((value, t) => t % 10 == 3 ? double.NaN : value).ToArray();
        var report = Backtest.RollingOrigin(new Series("holes", "", holes.TimesSeconds, values), s_options, ForecastReport.Pool(8));
        Assert.Equal(76, report.Origins);
        Assert.All(report.Models, model =>
        {
            Assert.Equal(76 * 5, model.Rows.Count);
            Assert.Equal(model.Rows.Count(row => !double.IsNaN(row.Actual)), model.Pooled.Pairs);
            Assert.NotNull(model.Pooled.Mase);
        });
    }

    [Fact]
    public void A_constant_training_part_has_no_mase_and_the_report_is_still_json()
    {
        var flat = new Series("flat", "", [.. Enumerable.Range(0, 60).Select(t => (double)t)], new double[60]);
        var report = ForecastReport.Of(flat, s_options, ForecastReport.Pool());
        Assert.Null(report.Backtest.Models[0].Pooled.Mase);
        Assert.Null(report.Backtest.Models[0].Pooled.Wql);
        Assert.Equal(1, report.Backtest.Models[0].Pooled.Coverage95);
        Assert.Equal("last-value", report.Chosen);
        Assert.Contains("\"Chosen\":\"last-value\"", JsonSerializer.Serialize(report), StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_runs_ahead_from_the_end_of_the_series()
    {
        var wave = Wave(200);
        var report = ForecastReport.Of(wave, s_options, ForecastReport.Pool());
        Assert.Equal((200, 0, 2.0, 400.0), (report.Count, report.Gaps, report.StepSeconds, report.FirstStepSeconds));
        Assert.Equal([1, 2, 3, 4, 5], report.Forecast.Steps.Select(step => step.Ahead));
        var chosen = report.Backtest.Models.Single(model => model.Name == report.Chosen);
        Assert.All(report.Backtest.Models, model => Assert.True(chosen.Pooled.MeanAbsoluteError <= model.Pooled.MeanAbsoluteError));
        Assert.Equal(JsonSerializer.Serialize(report), JsonSerializer.Serialize(ForecastReport.Of(wave, s_options, ForecastReport.Pool())));
    }

    [Fact]
    public void A_series_too_short_is_refused_by_name()
    {
        var problem = Assert.Throws<InputException>(() => ForecastReport.Of(Wave(8), s_options, ForecastReport.Pool())).Problems[0];
        Assert.Equal("wave", problem.File);
        Assert.Contains("0 origins", problem.Fix, StringComparison.Ordinal);
    }
}
