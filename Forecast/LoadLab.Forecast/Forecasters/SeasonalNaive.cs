using System.Globalization;

namespace LoadLab.Forecast;

/// <summary>As one season ago: f_h = y_{n+h-m(k+1)}, k = floor((h-1)/m). A gap shows the value of the season before it.</summary>
/// <param name="season">Length of the season in grid steps, at least 1.</param>
public sealed class SeasonalNaive(int season) : IForecaster
{
    private readonly int _season = season >= 1 ? season : throw new ArgumentOutOfRangeException(nameof(season));

    public string Name => "seasonal-naive";

    public IForecastModel Fit(ReadOnlySpan<double> values) => new Model(_season);

    private sealed class Model : IForecastModel
    {
        private readonly double[] _byPhase;
        private int _next;

        public Model(int season)
        {
            _byPhase = new double[season];
            Array.Fill(_byPhase, double.NaN);
        }

        public string Parameters => string.Create(CultureInfo.InvariantCulture, $"season {_byPhase.Length}");

        public void Observe(double value)
        {
            _byPhase[_next] = double.IsNaN(value) ? _byPhase[_next] : value;
            _next = (_next + 1) % _byPhase.Length;
        }

        public void Forecast(Span<double> point)
        {
            for (var h = 0; h < point.Length; h++)
            {
                point[h] = _byPhase[(_next + h) % _byPhase.Length];
            }
        }
    }
}
