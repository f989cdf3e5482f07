namespace LoadLab.Forecast;

/// <summary>A way to forecast: fits its parameters on past values of a regular grid and gives a model.</summary>
public interface IForecaster
{
    /// <summary>Short name for reports, for example holt-damped.</summary>
    string Name { get; }

    /// <param name="values">In order of time, one per grid step; NaN is a gap and keeps its place. At least one value is not NaN.</param>
    /// <returns>A model with fitted parameters that has seen nothing yet: give it the values with <see cref="IForecastModel.Observe"/>.</returns>
    IForecastModel Fit(ReadOnlySpan<double> values);
}

/// <summary>Fitted parameters and a state that moves one grid step with each observation, in constant time.</summary>
public interface IForecastModel
{
    /// <summary>The fitted parameters for people, for example "alpha 0.42"; empty when there are none.</summary>
    string Parameters { get; }

    /// <summary>Moves one grid step on. NaN: the step passed and nothing was seen.</summary>
    void Observe(double value);

    /// <summary>Point forecasts for 1 to <c>point.Length</c> steps ahead; NaN while nothing was seen that they could stand on.</summary>
    void Forecast(Span<double> point);
}
