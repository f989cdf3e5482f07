using System.Globalization;

namespace LoadLab.Reports;

/// <summary>Data to pixels along one axis.</summary>
internal readonly record struct Scale
{
    private readonly double _low;
    private readonly double _high;
    private readonly double _pixelLow;
    private readonly double _pixelHigh;

    /// <summary>A range that is empty or not finite is made one that can be drawn.</summary>
    public Scale(double low, double high, double pixelLow, double pixelHigh)
    {
        (_low, _high) = IsDrawn(low) && IsDrawn(high) ? (low, high) : (0, 1);
        _high = _high - _low > Math.Abs(_low) * 1e-9 ? _high : _low + Math.Max(1, Math.Abs(_low) * 1e-3);
        (_pixelLow, _pixelHigh) = (pixelLow, pixelHigh);
    }

    public double Low => _low;

    public double High => _high;

    public double this[double value] => _pixelLow + ((Math.Clamp(value, _low, _high) - _low) / (_high - _low) * (_pixelHigh - _pixelLow));

    /// <summary>Finite, and small enough that sums and differences stay so.</summary>
    public static bool IsDrawn(double value) => Math.Abs(value) <= 1e100;

    /// <summary>Least and greatest of what can be drawn; (0, 1) for nothing.</summary>
    public static (double Low, double High) RangeOf(IEnumerable<double> values)
    {
        var low = double.PositiveInfinity;
        var high = double.NegativeInfinity;
        foreach (var value in values.Where(IsDrawn))
        {
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }

        return low <= high ? (low, high) : (0, 1);
    }

    /// <summary>Round values with their words, about <paramref name="count"/> of them, no closer than <paramref name="least"/>.</summary>
    public IEnumerable<(double Value, string Word)> Ticks(int count, double least = 0)
    {
        var raw = (_high - _low) / count;
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
        step = Math.Max(step, least);
        var first = Math.Ceiling((_low / step) - 1e-9);
        for (var i = 0; (first + i) * step <= _high + (step * 1e-9); i++)
        {
            var value = (first + i) * step;
            yield return (value, Word(value, step));
        }
    }

    /// <summary>As many decimals as tell neighbours apart.</summary>
    private static string Word(double value, double step)
    {
        var (unit, suffix) = Math.Max(Math.Abs(value), step) switch
        {
            >= 1e13 => (0, ""),
            >= 1e9 => (1e9, "G"),
            >= 1e6 => (1e6, "M"),
            >= 1e4 => (1e3, "k"),
            >= 1e-4 => (1.0, ""),
            _ => (0, ""),
        };
        if (value == 0)
        {
            return "0";
        }

        if (unit == 0)
        {
            return value.ToString("0.###E0", CultureInfo.InvariantCulture);
        }

        var decimals = Math.Clamp((int)Math.Ceiling(-Math.Log10(step / unit) - 1e-9), 0, 9);
        return (value / unit).ToString("0." + new string('#', decimals), CultureInfo.InvariantCulture) + suffix;
    }
}
