using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Forecast;

/// <summary>
/// The whole forecast of one series: every model backtested, the one with the least pooled error chosen, refitted on all values and run ahead.
/// The chosen model's error was measured on the origins that it was chosen on, so it flatters a little.
/// </summary>
public sealed record ForecastReport
{
    public required string Series { get; init; }

    public required string Unit { get; init; }

    public required double StepSeconds { get; init; }

    public required int Count { get; init; }

    /// <summary>Grid steps without a value.</summary>
    public required int Gaps { get; init; }

    /// <summary>When the first forecast step is, in seconds since the start of the run.</summary>
    public required double FirstStepSeconds { get; init; }

    public required BacktestReport Backtest { get; init; }

    /// <summary>Name of the model with the least pooled mean absolute error; the first of equals.</summary>
    public required string Chosen { get; init; }

    /// <summary>As refitted on all values.</summary>
    public required string Parameters { get; init; }

    public required ForecastDistribution Forecast { get; init; }

    /// <summary>The pool of the default build.</summary>
    /// <param name="season">Length of a season in grid steps; null when none is known.</param>
    public static IReadOnlyList<IForecaster> Pool(int? season = null) =>
        season is { } m ? [new LastValue(), new SimpleExponentialSmoothing(), new HoltDamped(), new SeasonalNaive(m)] : [new LastValue(), new SimpleExponentialSmoothing(), new HoltDamped()];

    /// <exception cref="InputException">The series is too short.</exception>
    public static ForecastReport Of(Series series, BacktestOptions options, IReadOnlyList<IForecaster> pool)
    {
        if (LoadLab.Forecast.Backtest.ShortOf(series, options) is { } problem)
        {
            throw new InputException(new Problem(series.Name, 0, "", null, "is too short to backtest", problem));
        }

        var backtest = LoadLab.Forecast.Backtest.RollingOrigin(series, options, pool);
        var chosen = pool.MinBy(forecaster => backtest.Models.First(model => model.Name == forecaster.Name).Pooled.MeanAbsoluteError ?? double.PositiveInfinity)!;
        var values = series.Values.ToArray();
        var model = new CalibratedModel(chosen.Fit(values), options.Calibration);
        foreach (var value in values)
        {
            model.Observe(value);
        }

        var step = series.TimesSeconds[1] - series.TimesSeconds[0];
        return new ForecastReport
        {
            Series = series.Name,
            Unit = series.Unit,
            StepSeconds = step,
            Count = series.Count,
            Gaps = values.Count(double.IsNaN),
            FirstStepSeconds = series.TimesSeconds[^1] + step,
            Backtest = backtest,
            Chosen = chosen.Name,
            Parameters = model.Parameters,
            Forecast = model.Forecast(),
        };
    }

}
