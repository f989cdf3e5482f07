namespace LoadLab.Forecast;

/// <summary>
/// A model that watches its own errors: it forecasts at every step, and when a value arrives, the errors of the forecasts made 1 to H steps before it become known.
/// So a forecast's bounds use only errors already observable at its origin; nothing can look ahead.
/// </summary>
public sealed class CalibratedModel
{
    private readonly IForecastModel _model;
    private readonly CalibrationOptions _options;
    private readonly ResidualWindow[] _errors;
    private readonly double[][] _made;
    private int _seen;
    private double _least = double.PositiveInfinity;
    private double _most = double.NegativeInfinity;

    /// <param name="model">Fresh from <see cref="IForecaster.Fit"/>; this takes it over.</param>
    /// <param name="options">Horizon and window.</param>
    public CalibratedModel(IForecastModel model, CalibrationOptions options)
    {
        _model = model;
        _options = options;
        _errors = [.. Enumerable.Range(0, options.Horizon).Select(_ => new ResidualWindow(options.Window))];
        _made = [.. Enumerable.Range(0, options.Horizon).Select(_ => new double[options.Horizon])];
    }

    /// <summary>The model's parameters, for people.</summary>
    public string Parameters => _model.Parameters;

    public void Observe(double value)
    {
        var horizon = _options.Horizon;
        for (var h = 1; h <= Math.Min(horizon, _seen); h++)
        {
            // The forecast from h steps before this value; the ring's slots go by origin.
            var error = value - _made[(_seen - h) % horizon][h - 1];
            if (!double.IsNaN(error))
            {
                _errors[h - 1].Add(error);
            }
        }

        _model.Observe(value);
        if (!double.IsNaN(value))
        {
            _least = Math.Min(_least, value);
            _most = Math.Max(_most, value);
        }

        Points(_made[_seen % horizon]);
        _seen++;
    }

    /// <summary>The forecast from the last value observed.</summary>
    public ForecastDistribution Forecast()
    {
        var point = new double[_options.Horizon];
        Points(point);
        return new ForecastDistribution([.. point.Select((value, index) => Step(index + 1, value))]);
    }

    private void Points(Span<double> into)
    {
        _model.Forecast(into);
        foreach (ref var value in into)
        {
            value = Legal(value);
        }
    }

    private ForecastStep Step(int ahead, double point)
    {
        var deciles = new double[9];
        for (var i = 0; i < deciles.Length; i++)
        {
            deciles[i] = Bound(ahead, point, (i + 1) / 10.0).Value;
        }

        return new ForecastStep(ahead, point, Interval(ahead, point, 0.1), Interval(ahead, point, 0.025), deciles, _errors[ahead - 1].Count);
    }

    private ForecastInterval Interval(int ahead, double point, double tail)
    {
        var low = Bound(ahead, point, tail);
        var high = Bound(ahead, point, 1 - tail);
        return new ForecastInterval(low.Value, high.Value, low.Clamped || high.Clamped);
    }

    private (double Value, bool Clamped) Bound(int ahead, double point, double share)
    {
        var (offset, clamped) = _errors[ahead - 1].Quantile(share, unknown: _most >= _least ? _most - _least : 0);
        return (Legal(point + offset), clamped);
    }

    private double Legal(double value) => _options.NonNegative ? Math.Max(0, value) : value;
}

/// <summary>How a forecast is made and bounded.</summary>
public sealed record CalibrationOptions
{
    /// <summary>Grid steps ahead, at least 1.</summary>
    /// <value>10</value>
    public int Horizon { get; init; } = 10;

    /// <summary>Latest errors kept per horizon.</summary>
    /// <value>300</value>
    public int Window { get; init; } = 300;

    /// <summary>Whether the quantity cannot be below zero, as a rate or a count.</summary>
    public bool NonNegative { get; init; }
}
