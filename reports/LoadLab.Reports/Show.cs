using System.Globalization;

namespace LoadLab.Reports;

/// <summary>Numbers for people: few digits, always a unit, the same text for the same value.</summary>
public static class Show
{
    public static string Seconds(double seconds) => seconds switch
    {
        double.PositiveInfinity => "never",
        double.NaN => "–",
        < 0 => "-" + Seconds(-seconds),
        0 => "0 s",
        < 1e-3 => Inv($"{seconds * 1e6:0} µs"),
        < 1 => Inv($"{seconds * 1e3:0.##} ms"),
        < 120 => Inv($"{seconds:0.00} s"),
        < 7200 => Inv($"{seconds / 60:0.0} min"),
        _ => Inv($"{seconds / 3600:0.00} h"),
    };

    public static string Share(double share) => double.IsFinite(share) ? Inv($"{share * 100:0.0} %") : "–";

    /// <summary>A signed relative difference.</summary>
    public static string Change(double share) => double.IsFinite(share) ? Inv($"{share * 100:+0.0;-0.0;0.0} %") : "–";

    public static string Number(double value) => value switch
    {
        double.NaN => "–",
        double.PositiveInfinity => "∞",
        double.NegativeInfinity => "-∞",
        _ when value == Math.Floor(value) && Math.Abs(value) < 1e9 => Inv($"{value:0}"),
        _ => Inv($"{value:G4}"),
    };

    public static string Dollars(double amount) => double.IsFinite(amount) ? Inv($"${amount:#,0.00}") : "–";

    public static string Bytes(double bytes) => bytes switch
    {
        double.NaN => "–",
        >= 1L << 30 => Inv($"{bytes / (1L << 30):0.00} GiB"),
        >= 1 << 20 => Inv($"{bytes / (1 << 20):0.0} MiB"),
        _ => Inv($"{bytes / 1024:0.0} KiB"),
    };

    public static string Inv(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
