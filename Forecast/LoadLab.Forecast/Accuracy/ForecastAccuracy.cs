namespace LoadLab.Forecast;

/// <summary>Errors at one horizon, or pooled over all. A figure is null when the data cannot give it (no pair, a constant training part, only zeros).</summary>
public sealed record ForecastAccuracy
{
    /// <summary>Grid steps ahead; null when pooled.</summary>
    public required int? Ahead { get; init; }

    /// <summary>Forecasts that had an actual value to be held against.</summary>
    public required int Pairs { get; init; }

    /// <summary>Mean |y - f|, in the series' unit.</summary>
    public required double? MeanAbsoluteError { get; init; }

    /// <summary>Mean |y - f| / mean |y_t - y_{t-season}| of the training part.</summary>
    public required double? Mase { get; init; }

    /// <summary>Percent.</summary>
    public required double? Smape { get; init; }

    /// <summary>Against the last value on the same origins; below 1 beats it.</summary>
    public required double? Owa { get; init; }

    /// <summary>Weighted quantile loss, mean over quantiles 0.1 to 0.9.</summary>
    public required double? Wql { get; init; }

    /// <summary>Share of outcomes inside the 80 % interval.</summary>
    public required double? Coverage80 { get; init; }

    /// <summary>Share of outcomes inside the 95 % interval.</summary>
    public required double? Coverage95 { get; init; }

    public required double? MeanWidth80 { get; init; }

    public required double? MeanWidth95 { get; init; }

    /// <param name="rows">Rows with an actual value count.</param>
    /// <param name="ahead">Null when pooled.</param>
    /// <param name="scale">Of MASE.</param>
    internal static ForecastAccuracy Of(IEnumerable<BacktestRow> rows, int? ahead, double scale)
    {
        var pairs = rows.Where(row => !double.IsNaN(row.Actual) && !double.IsNaN(row.Forecast.Point)).ToList();
        var actual = Column(row => row.Actual);
        var point = Column(row => row.Forecast.Point);
        var (low80, high80) = (Column(row => row.Forecast.Interval80.Low), Column(row => row.Forecast.Interval80.High));
        var (low95, high95) = (Column(row => row.Forecast.Interval95.Low), Column(row => row.Forecast.Interval95.High));
        var error = ErrorMetrics.MeanAbsolute(actual, point);
        return new ForecastAccuracy
        {
            Ahead = ahead,
            Pairs = pairs.Count,
            MeanAbsoluteError = Known(error),
            Mase = Known(error / scale),
            Smape = Known(ErrorMetrics.Smape(actual, point)),
            Owa = null,
            Wql = Known(Enumerable.Range(0, 9).Average(i => ErrorMetrics.WeightedQuantileLoss(actual, Column(row => row.Forecast.Deciles[i]), (i + 1) / 10.0))),
            Coverage80 = Known(ErrorMetrics.Coverage(actual, low80, high80)),
            Coverage95 = Known(ErrorMetrics.Coverage(actual, low95, high95)),
            MeanWidth80 = Known(ErrorMetrics.MeanWidth(low80, high80)),
            MeanWidth95 = Known(ErrorMetrics.MeanWidth(low95, high95)),
        };

        double[] Column(Func<BacktestRow, double> of) => [.. pairs.Select(of)];
    }

    /// <summary>The same with the overall weighted average against a reference's figures.</summary>
    internal ForecastAccuracy Against(ForecastAccuracy reference) => this with
    {
        Owa = Known(ErrorMetrics.Owa(Smape ?? double.NaN, Mase ?? double.NaN, reference.Smape ?? double.NaN, reference.Mase ?? double.NaN)),
    };

    private static double? Known(double value) => double.IsFinite(value) ? value : null;
}
