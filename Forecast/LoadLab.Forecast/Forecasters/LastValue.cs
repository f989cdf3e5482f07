namespace LoadLab.Forecast;

/// <summary>Tomorrow is as today: f_h = y_n. The bar that every other forecaster has to pass.</summary>
public sealed class LastValue : IForecaster
{
    public string Name => "last-value";

    public IForecastModel Fit(ReadOnlySpan<double> values) => new Model();

    private sealed class Model : IForecastModel
    {
        private double _last = double.NaN;

        public string Parameters => "";

        public void Observe(double value) => _last = double.IsNaN(value) ? _last : value;

        public void Forecast(Span<double> point) => point.Fill(_last);
    }
}
