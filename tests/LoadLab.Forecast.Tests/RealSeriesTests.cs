using System.Diagnostics;
using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Forecast.Tests;

/// <summary>Real load: utilisation and request counts of a cloud at 5 minutes, arrivals of a language-model service at 10 seconds.</summary>
public class RealSeriesTests(ITestOutputHelper output)
{
    private static List<Series> All()
    {
        var monitored = Golden.Shared("traces/nab-utilisation-dev.csv.gz");
        var arrivals = Golden.Shared("traces/azure-llm-2023-conv.csv.gz");
        Assert.SkipWhen(monitored is null || arrivals is null, "../shared/traces is not here");
        var byName = CsvTable.Parse(GzipText.Read(monitored!, 1 << 26), monitored!, "series", "t_s", "value").Rows.GroupBy(row => row.Text("series"));
        var series = byName.Select(rows =>
        {
            // The latest 4032 steps of each (14 days at 5 minutes) keep the test short.
            var latest = rows.TakeLast(4032).Select(row => (row.Number("t_s")!.Value, row.Number("value")!.Value)).ToList();
            return SeriesBuilder.Resample(rows.Key, "", latest, latest[1].Item1 - latest[0].Item1);
        }).ToList();
        var calls = CsvTable.Parse(GzipText.Read(arrivals!, 1 << 26), arrivals!, "arrival_s").Rows
            .Select((row, index) => new CallRecord { Call = index, Intended = Instant.FromSeconds(row.Number("arrival_s")!.Value), Outcome = Outcome.Completed });
        series.Add(SeriesBuilder.Arrivals(calls, Duration.FromSeconds(10)));
        return series;
    }

    [Fact]
    public void Intervals_hold_what_they_say_and_the_chosen_model_is_no_worse_than_the_last_value()
    {
        var options = new BacktestOptions { Calibration = new CalibrationOptions { Horizon = 10, NonNegative = true } };
        var coverage80 = new List<double>();
        var coverage95 = new List<double>();
        foreach (var series in All())
        {
            var watch = Stopwatch.StartNew();
            var report = ForecastReport.Of(series, options, ForecastReport.Pool());
            foreach (var model in report.Backtest.Models)
            {
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{series.Name} {report.Backtest.Origins} origins {model.Name}: MASE {model.ByHorizon[0].Mase:0.000} / {model.Pooled.Mase:0.000}, WQL {model.Pooled.Wql:0.0000}, OWA {model.Pooled.Owa:0.000}, 80 % {model.Pooled.Coverage80:0.000}, 95 % {model.Pooled.Coverage95:0.000}; {model.Parameters}"));
                coverage80.Add(model.Pooled.Coverage80!.Value);
                coverage95.Add(model.Pooled.Coverage95!.Value);
            }

            output.WriteLine($"chosen {report.Chosen}, {watch.ElapsedMilliseconds} ms");
            var chosen = report.Backtest.Models.Single(model => model.Name == report.Chosen);
            Assert.True(chosen.Pooled.MeanAbsoluteError <= report.Backtest.Models[0].Pooled.MeanAbsoluteError);
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"mean coverage {coverage80.Average():0.000} / {coverage95.Average():0.000}, least {coverage80.Min():0.000} / {coverage95.Min():0.000}"));
        Assert.InRange(coverage80.Average(), 0.78, 0.84);
        Assert.InRange(coverage95.Average(), 0.935, 0.965);
        Assert.InRange(coverage80.Min(), 0.70, 1);
        Assert.InRange(coverage95.Min(), 0.88, 1);
    }
}
