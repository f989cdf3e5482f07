namespace LoadLab.Forecast;

/// <summary>One-step forecasts of a model over values it then observes.</summary>
internal static class OneStep
{
    /// <summary>Sum of squared one-step errors; gaps count for nothing.</summary>
    public static double SumOfSquares(IForecastModel model, ReadOnlySpan<double> values)
    {
        Span<double> ahead = stackalloc double[1];
        var sum = 0.0;
        foreach (var value in values)
        {
            model.Forecast(ahead);
            var error = value - ahead[0];
            sum += double.IsNaN(error) ? 0 : error * error;
            model.Observe(value);
        }

        return sum;
    }
}
