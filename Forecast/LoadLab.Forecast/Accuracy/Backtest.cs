using System.Text.Json.Serialization;
using LoadLab.Core;

namespace LoadLab.Forecast;

/// <summary>How a backtest is laid out.</summary>
public sealed record BacktestOptions
{
    /// <summary>Horizon, window of errors, sign.</summary>
    public CalibrationOptions Calibration { get; init; } = new();

    /// <summary>Share of the series that parameters are fitted on, once; every later step is an origin.</summary>
    /// <value>0.6</value>
    public double FirstTrainShare { get; init; } = 0.6;

    /// <summary>Season of the scale of MASE, in grid steps.</summary>
    /// <value>1</value>
    public int Season { get; init; } = 1;

    /// <summary>First origins that are forecast but not scored, so that intervals stand on errors out of sample alone.</summary>
    /// <value>0: the errors of the training part, made with parameters fitted there, start the intervals</value>
    public int BurnIn { get; init; }
}

/// <summary>
/// Rolling-origin backtest: parameters fitted once on the first part, then at each later origin a forecast from the values up to it alone, held against what came.
/// Only origins with a whole horizon ahead of them count.
/// </summary>
public static class Backtest
{
    /// <summary>Fewest values to fit on.</summary>
    public const int LeastTraining = 4;

    /// <param name="series">On a regular grid; NaN is a gap.</param>
    /// <param name="options">Horizon and layout.</param>
    /// <param name="forecasters">Each gets the same values.</param>
    /// <exception cref="ArgumentException">The series is too short: <see cref="ShortOf"/> says by how much.</exception>
    public static BacktestReport RollingOrigin(Series series, BacktestOptions options, IReadOnlyList<IForecaster> forecasters)
    {
        if (ShortOf(series, options) is { } problem)
        {
            throw new ArgumentException(problem, nameof(series));
        }

        var values = series.Values.ToArray();
        var training = TrainingCount(values.Length, options);
        var scale = ErrorMetrics.MaseScale(values.AsSpan(0, training), options.Season);
        var reference = Score(new LastValue(), values, training, scale, options);
        var origins = values.Length - options.Calibration.Horizon + 1 - training - options.BurnIn;
        return new BacktestReport(series.Name, series.Unit, training, origins, Known(scale), [.. forecasters.Select(f => Score(f, values, training, scale, options).Against(reference))]);
    }

    /// <summary>Why a series cannot be backtested; null when it can.</summary>
    public static string? ShortOf(Series series, BacktestOptions options)
    {
        var training = TrainingCount(series.Count, options);
        var origins = series.Count - options.Calibration.Horizon + 1 - training - options.BurnIn;
        var observed = series.Values.Take(training).Count(value => !double.IsNaN(value));
        return origins < 1 || observed < LeastTraining
            ? $"series {series.Name} has {series.Count} values, {observed} of them in the training part: with horizon {options.Calibration.Horizon} that leaves {Math.Max(0, origins)} origins; give it at least {LeastTraining} training values and one origin"
            : null;
    }

    private static int TrainingCount(int count, BacktestOptions options) => (int)Math.Floor(count * options.FirstTrainShare);

    private static ModelBacktest Score(IForecaster forecaster, double[] values, int training, double scale, BacktestOptions options)
    {
        var horizon = options.Calibration.Horizon;
        var model = new CalibratedModel(forecaster.Fit(values.AsSpan(0, training)), options.Calibration);
        var rows = new List<BacktestRow>();
        for (var seen = 1; seen + horizon <= values.Length; seen++)
        {
            model.Observe(values[seen - 1]);
            if (seen >= training + options.BurnIn)
            {
                rows.AddRange(model.Forecast().Steps.Select(step => new BacktestRow(seen, values[seen + step.Ahead - 1], step)));
            }
        }

        return new ModelBacktest
        {
            Name = forecaster.Name,
            Parameters = model.Parameters,
            Pooled = ForecastAccuracy.Of(rows, null, scale),
            ByHorizon = [.. rows.GroupBy(row => row.Forecast.Ahead).OrderBy(group => group.Key).Select(group => ForecastAccuracy.Of(group, group.Key, scale))],
            Rows = rows,
        };
    }

    private static double? Known(double value) => double.IsFinite(value) ? value : null;
}

/// <summary>Every model's errors on the same origins.</summary>
/// <param name="Training">Values that parameters were fitted on.</param>
/// <param name="Origins">Forecasts per model and horizon.</param>
/// <param name="Scale">The scale of MASE, in the series' unit.</param>
public sealed record BacktestReport(string Series, string Unit, int Training, int Origins, double? Scale, IReadOnlyList<ModelBacktest> Models);

/// <summary>One model's errors.</summary>
public sealed record ModelBacktest
{
    public required string Name { get; init; }

    /// <summary>As fitted on the training part, for people.</summary>
    public required string Parameters { get; init; }

    /// <summary>Over all horizons.</summary>
    public required ForecastAccuracy Pooled { get; init; }

    public required IReadOnlyList<ForecastAccuracy> ByHorizon { get; init; }

    /// <summary>Every forecast, for charts; not part of the JSON form.</summary>
    [JsonIgnore]
    public IReadOnlyList<BacktestRow> Rows { get; init; } = [];

    internal ModelBacktest Against(ModelBacktest reference) => this with
    {
        Pooled = Pooled.Against(reference.Pooled),
        ByHorizon = [.. ByHorizon.Zip(reference.ByHorizon, (mine, other) => mine.Against(other))],
    };
}

/// <summary>One forecast and what came.</summary>
/// <param name="Origin">Values seen when it was made; the forecast is of value Origin + Ahead - 1, index from 0.</param>
/// <param name="Actual">NaN in a gap.</param>
public sealed record BacktestRow(int Origin, double Actual, ForecastStep Forecast);
