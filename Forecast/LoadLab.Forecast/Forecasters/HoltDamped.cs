using System.Globalization;

namespace LoadLab.Forecast;

/// <summary>
/// Level and a trend that dies out (Holt 1957, damped by Gardner and McKenzie 1985):
/// l_t = a y_t + (1-a)(l_{t-1} + phi b_{t-1}), b_t = be (l_t - l_{t-1}) + (1-be) phi b_{t-1}, f_h = l_n + b_n (phi + ... + phi^h).
/// Over a gap the state moves on as forecast. The weights minimise the squared one-step error in sample, by a fixed grid and a compass search: the same data give the same weights.
/// </summary>
public sealed class HoltDamped(HoltDampedParameters? parameters = null) : IForecaster
{
    /// <summary>Steps that the initial trend is averaged over: a first difference alone is mostly noise.</summary>
    private const int TrendSpan = 10;

    private static readonly double[] s_lowest = [0.001, 0.001, 0.8];
    private static readonly double[] s_highest = [0.999, 0.999, 0.98];

    public string Name => "holt-damped";

    public IForecastModel Fit(ReadOnlySpan<double> values)
    {
        if (parameters is not null)
        {
            return new Model(parameters);
        }

        var observed = values.ToArray();
        var (level, trend) = InitialState(observed);
        var best = Minimise.GridThenCompass(at => OneStep.SumOfSquares(new Model(Parameters(at)), observed), s_lowest, s_highest, gridPoints: 6);
        return new Model(Parameters(best));

        HoltDampedParameters Parameters(ReadOnlySpan<double> at) => new(at[0], at[1], at[2], level, trend);
    }

    /// <summary>The first value, and the mean slope from it to the last value within <see cref="TrendSpan"/> steps.</summary>
    private static (double Level, double Trend) InitialState(double[] values)
    {
        var first = Array.FindIndex(values, value => !double.IsNaN(value));
        var last = Array.FindLastIndex(values, Math.Min(values.Length - 1, first + TrendSpan), value => !double.IsNaN(value));
        return (values[first], last > first ? (values[last] - values[first]) / (last - first) : 0);
    }

    private sealed class Model(HoltDampedParameters p) : IForecastModel
    {
        private double _level = p.InitialLevel;
        private double _trend = p.InitialTrend;

        public string Parameters => string.Create(CultureInfo.InvariantCulture, $"alpha {p.Alpha:0.####}, beta {p.Beta:0.####}, phi {p.Phi:0.####}");

        public void Observe(double value)
        {
            var ahead = p.Phi * _trend;
            var expected = _level + ahead;
            if (double.IsNaN(value))
            {
                _level = expected;
                _trend = ahead;
                return;
            }

            var level = (p.Alpha * value) + ((1 - p.Alpha) * expected);
            _trend = (p.Beta * (level - _level)) + ((1 - p.Beta) * ahead);
            _level = level;
        }

        public void Forecast(Span<double> point)
        {
            var at = _level;
            var step = _trend;
            for (var h = 0; h < point.Length; h++)
            {
                step *= p.Phi;
                at += step;
                point[h] = at;
            }
        }
    }
}

/// <summary>Weights and initial state of a damped trend.</summary>
/// <param name="Alpha">Weight of a value in the level, in (0, 1).</param>
/// <param name="Beta">Weight of a change of level in the trend, in (0, 1); not multiplied by alpha.</param>
/// <param name="Phi">What is left of the trend after one step, in (0, 1].</param>
/// <param name="InitialLevel">Level before the first value.</param>
/// <param name="InitialTrend">Trend per step before the first value.</param>
public sealed record HoltDampedParameters(double Alpha, double Beta, double Phi, double InitialLevel, double InitialTrend);
