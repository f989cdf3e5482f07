namespace LoadLab.Forecast;

/// <summary>Errors of forecasts against what happened. Pairs with a NaN on either side count for nothing; no pair at all gives NaN.</summary>
public static class ErrorMetrics
{
    /// <summary>
    /// The scale of MASE (Hyndman and Koehler 2006): mean |y_t - y_{t-season}| over the training part. NaN when no pair is there, 0 for a constant training part.
    /// </summary>
    public static double MaseScale(ReadOnlySpan<double> training, int season)
    {
        var mean = new Mean();
        for (var t = season; t < training.Length; t++)
        {
            mean.Add(Math.Abs(training[t] - training[t - season]));
        }

        return mean.Value;
    }

    /// <summary>Mean |y - f|.</summary>
    public static double MeanAbsolute(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast)
    {
        var mean = new Mean();
        for (var i = 0; i < actual.Length; i++)
        {
            mean.Add(Math.Abs(actual[i] - forecast[i]));
        }

        return mean.Value;
    }

    /// <summary>Mean 200 |y - f| / (|y| + |f|), in percent; a pair of zeros counts as 0 (M4 competition).</summary>
    public static double Smape(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast)
    {
        var mean = new Mean();
        for (var i = 0; i < actual.Length; i++)
        {
            var size = Math.Abs(actual[i]) + Math.Abs(forecast[i]);
            mean.Add(size == 0 ? 0 : 200 * Math.Abs(actual[i] - forecast[i]) / size);
        }

        return mean.Value;
    }

    /// <summary>Overall weighted average of M4: (sMAPE / reference's + MASE / reference's) / 2; below 1 beats the reference.</summary>
    public static double Owa(double smape, double mase, double referenceSmape, double referenceMase) =>
        0.5 * ((smape / referenceSmape) + (mase / referenceMase));

    /// <summary>Weighted quantile loss of one quantile: 2 sum max(tau (y-q), (tau-1)(y-q)) / sum |y|.</summary>
    public static double WeightedQuantileLoss(ReadOnlySpan<double> actual, ReadOnlySpan<double> quantile, double tau)
    {
        var (loss, size) = (0.0, 0.0);
        for (var i = 0; i < actual.Length; i++)
        {
            var error = actual[i] - quantile[i];
            if (!double.IsNaN(error))
            {
                loss += Math.Max(tau * error, (tau - 1) * error);
                size += Math.Abs(actual[i]);
            }
        }

        return 2 * loss / size;
    }

    /// <summary>Share of actual values inside [low, high].</summary>
    public static double Coverage(ReadOnlySpan<double> actual, ReadOnlySpan<double> low, ReadOnlySpan<double> high)
    {
        var mean = new Mean();
        for (var i = 0; i < actual.Length; i++)
        {
            mean.Add(double.IsNaN(actual[i]) ? double.NaN : actual[i] >= low[i] && actual[i] <= high[i] ? 1 : 0);
        }

        return mean.Value;
    }

    /// <summary>Mean high - low.</summary>
    public static double MeanWidth(ReadOnlySpan<double> low, ReadOnlySpan<double> high)
    {
        var mean = new Mean();
        for (var i = 0; i < low.Length; i++)
        {
            mean.Add(high[i] - low[i]);
        }

        return mean.Value;
    }

    private struct Mean
    {
        private double _sum;
        private int _count;

        public readonly double Value => _count == 0 ? double.NaN : _sum / _count;

        public void Add(double value)
        {
            if (!double.IsNaN(value))
            {
                _sum += value;
                _count++;
            }
        }
    }
}
