using LoadLab.Forecast;

namespace LoadLab.Reports;

/// <summary>A forecast on the page: how wrong each model was on origins it had not seen, and what the chosen one says now.</summary>
internal static class ForecastSection
{
    public static void Add(HtmlPage page, ForecastReport report, string behind)
    {
        page.Heading($"Series {report.Series}");
        page.Note($"{report.Count} steps of {Show.Seconds(report.StepSeconds)}, {report.Gaps} gaps; rolling-origin backtest over {report.Backtest.Origins} origins after {report.Backtest.Training} training steps. {behind}");
        page.Table(
            ["model", "MASE", "OWA (last value = 1)", "WQL", "80 % interval holds", "95 % interval holds"],
            report.Backtest.Models.Select(model => (IReadOnlyList<string>)
            [
                model.Name == report.Chosen ? $"{model.Name} (chosen)" : model.Name,
                Figure(model.Pooled.Mase),
                Figure(model.Pooled.Owa),
                Figure(model.Pooled.Wql),
                Show.Share(model.Pooled.Coverage80 ?? double.NaN),
                Show.Share(model.Pooled.Coverage95 ?? double.NaN),
            ]));
        page.Plot(Plot(report));
    }

    private static SvgPlot Plot(ForecastReport report)
    {
        var chosen = report.Backtest.Models.First(model => model.Name == report.Chosen);
        var first = chosen.Rows.Where(row => row.Forecast.Ahead == 1).ToList();
        double At(BacktestRow row) => report.FirstStepSeconds + ((row.Origin + row.Forecast.Ahead - 1 - report.Count) * report.StepSeconds);
        double[] ahead = [.. report.Forecast.Steps.Select(step => report.FirstStepSeconds + ((step.Ahead - 1) * report.StepSeconds))];
        return new SvgPlot
        {
            Title = $"One step ahead on unseen origins, then the forecast ({report.Chosen})",
            XLabel = "time since the start of the run, s",
            YLabel = report.Unit,
            Series =
            [
                new PlotSeries("measured", Mark.Step, [.. first.Select(At)], [.. first.Select(row => row.Actual)]),
                new PlotSeries("forecast one step before", Mark.Line, [.. first.Select(At)], [.. first.Select(row => row.Forecast.Point)]),
                new PlotSeries("80 % interval", Mark.Band, ahead, [.. report.Forecast.Steps.Select(step => step.Interval80.High)]) { Lows = [.. report.Forecast.Steps.Select(step => step.Interval80.Low)] },
                new PlotSeries("forecast", Mark.Line, ahead, [.. report.Forecast.Steps.Select(step => step.Point)]),
            ],
        };
    }

    private static string Figure(double? value) => Show.Number(value ?? double.NaN);
}
