using System.Globalization;

namespace LoadLab.Forecast;

/// <summary>
/// A level that forgets: l_t = l_{t-1} + a (y_t - l_{t-1}), l_0 = first value, f_h = l_n. The level stands still over a gap.
/// The weight a minimises the squared one-step error in sample over [0.001, 0.999], by a grid and golden section, or is given.
/// </summary>
public sealed class SimpleExponentialSmoothing(double? alpha = null) : IForecaster
{
    public string Name => "ses";

    public IForecastModel Fit(ReadOnlySpan<double> values)
    {
        var observed = values.ToArray();
        var first = Array.Find(observed, value => !double.IsNaN(value));
        var weight = alpha ?? Minimise.GridThenGoldenSection(a => OneStep.SumOfSquares(new Model(a, first), observed), 0.001, 0.999, gridPoints: 21);
        return new Model(weight, first);
    }

    private sealed class Model(double alpha, double initial) : IForecastModel
    {
        private double _level = initial;

        public string Parameters => string.Create(CultureInfo.InvariantCulture, $"alpha {alpha:0.####}");

        public void Observe(double value)
        {
            if (!double.IsNaN(value))
            {
                _level += alpha * (value - _level);
            }
        }

        public void Forecast(Span<double> point) => point.Fill(_level);
    }
}
