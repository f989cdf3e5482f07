using System.CommandLine;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Forecast;
using LoadLab.Reports;

namespace LoadLab.Cli.Verbs;

/// <summary>forecast RUN|SERIES: backtest, choose, predict with intervals.</summary>
internal static class ForecastVerb
{
    public static Command Create()
    {
        var source = new Argument<string>("RUN|SERIES") { Description = "a run folder, or a CSV file with the header t_s,value" };
        var series = new Option<string>("--series") { Description = "which series of a run: arrivals, or source/metric", DefaultValueFactory = _ => SeriesBuilder.ArrivalsName };
        var step = Verb.Time("--step", "length of a step (default: 1s for a run, the median gap of a file)");
        var horizon = Verb.Whole("--horizon", "steps ahead", 10, 1, 10_000);
        var season = Verb.Whole("--season", "steps in a season, when there is one", 2, 100_000);
        return new Command("forecast", "Backtests the forecasters on a series, chooses one and predicts with intervals.") { source, series, step, horizon, season }.Does((parsed, output) =>
        {
            var path = parsed.GetRequiredValue(source);
            var values = Directory.Exists(path)
                ? SeriesBuilder.FromRun(RunFolder.Open(path), parsed.GetRequiredValue(series), parsed.GetValue(step) ?? Duration.FromSeconds(1))
                : SeriesCsv.Read(path, parsed.GetValue(step));
            var options = new BacktestOptions { Calibration = new CalibrationOptions { Horizon = parsed.GetValue(horizon), NonNegative = values.Values.All(value => !(value < 0)) } };
            var report = ForecastReport.Of(values, options, ForecastReport.Pool(parsed.GetValue(season)));
            Print(output, report);
            output.Document(report);
            return ExitCode.Done;
        });
    }

    private static void Print(Output output, ForecastReport report)
    {
        output.Line($"{report.Series}: {report.Count} steps of {Show.Seconds(report.StepSeconds)}, {report.Gaps} gaps; backtest over {report.Backtest.Origins} origins after {report.Backtest.Training} training steps");
        output.Table("", ["model", "MASE", "OWA", "WQL", "80 % holds", "95 % holds", "parameters"], report.Backtest.Models.Select(model => (IReadOnlyList<string>)
        [
            model.Name == report.Chosen ? model.Name + " *" : model.Name,
            Figure(model.Pooled.Mase),
            Figure(model.Pooled.Owa),
            Figure(model.Pooled.Wql),
            Show.Share(model.Pooled.Coverage80 ?? double.NaN),
            Show.Share(model.Pooled.Coverage95 ?? double.NaN),
            model.Parameters,
        ]));
        output.Line($"* chosen: least mean absolute error, {Figure(report.Backtest.Models.First(model => model.Name == report.Chosen).Pooled.MeanAbsoluteError)} {report.Unit} over all horizons");
        output.Table("", ["ahead", "at", "forecast", "80 %", "95 %", "past errors"], report.Forecast.Steps.Select(ahead => (IReadOnlyList<string>)
        [
            Show.Number(ahead.Ahead),
            Show.Seconds(report.FirstStepSeconds + ((ahead.Ahead - 1) * report.StepSeconds)),
            Show.Number(ahead.Point),
            Range(ahead.Interval80),
            Range(ahead.Interval95),
            Show.Number(ahead.Errors),
        ]));
    }

    private static string Range(ForecastInterval interval) => $"{Show.Number(interval.Low)} to {Show.Number(interval.High)}{(interval.Clamped ? " (too few errors)" : "")}";

    private static string Figure(double? value) => Show.Number(value ?? double.NaN);
}
