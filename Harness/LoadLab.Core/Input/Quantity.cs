using System.Globalization;

namespace LoadLab.Core.Input;

/// <summary>Numbers with units as people write them: 200ms, 0.8/s, 1GiB, 160x96. Each parser gives null for anything else.</summary>
public static class Quantity
{
    private static readonly (string Unit, double Seconds)[] s_times =
        [("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3), ("s", 1), ("min", 60), ("m", 60), ("h", 3600), ("d", 86400)];

    private static readonly (string Unit, double Bytes)[] s_bytes =
        [("KiB", 1024), ("MiB", 1048576), ("GiB", 1073741824), ("TiB", 1099511627776), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1)];

    /// <summary>A finite number in invariant form. The library's parsers let zero characters stand behind a number; here they are refused.</summary>
    public static double? Number(string text) =>
        !text.Contains('\0') && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;

    public static long? Integer(string text) =>
        !text.Contains('\0') && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>Number and unit, not negative, at most 100 years: 10s, 200ms, 1.5h, 10m (minutes). A plain 0 needs no unit.</summary>
    public static Duration? Time(string text) =>
        text == "0" ? Duration.Zero : Scaled(text, s_times) is { } seconds and >= 0 and <= 3.2e9 ? Duration.FromSeconds(seconds) : null;

    /// <summary>Events per second, from 0.8/s, 30/min or 1000/day.</summary>
    public static double? RatePerSecond(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || Number(text[..slash].Trim()) is not { } count || count < 0)
        {
            return null;
        }

        return text[(slash + 1)..].Trim() switch
        {
            "s" => count,
            "min" or "m" => count / 60,
            "h" => count / 3600,
            "d" or "day" => count / 86400,
            _ => null,
        };
    }

    /// <summary>Bytes, not negative: 1GiB, 64MiB, 2GB.</summary>
    public static long? Bytes(string text) =>
        Scaled(text, s_bytes) is { } bytes and >= 0 and < 9e18 ? (long)Math.Round(bytes) : null;

    /// <summary>Width and height in pixels, both positive: 160x96.</summary>
    public static (int Width, int Height)? Size(string text)
    {
        var x = text.IndexOf('x', StringComparison.Ordinal);
        return x > 0 && Integer(text[..x]) is { } width and > 0 and < 65536 && Integer(text[(x + 1)..]) is { } height and > 0 and < 65536
            ? ((int)width, (int)height)
            : null;
    }

    /// <summary>Second of the day from HH:mm or HH:mm:ss.</summary>
    public static double? TimeOfDaySeconds(string text) =>
        TimeOnly.TryParseExact(text, ["HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time.ToTimeSpan().TotalSeconds : null;

    /// <summary>US dollars: "40 USD", "$40", "40".</summary>
    public static Usd? Dollars(string text)
    {
        var trimmed = text.Trim();
        trimmed = trimmed.StartsWith('$') ? trimmed[1..] : trimmed;
        trimmed = trimmed.EndsWith("USD", StringComparison.Ordinal) ? trimmed[..^3].Trim() : trimmed;
        return decimal.TryParse(trimmed, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) ? new Usd(amount) : null;
    }

    private static double? Scaled(string text, (string Unit, double Factor)[] units)
    {
        foreach (var (unit, factor) in units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal) && Number(text[..^unit.Length].Trim()) is { } number)
            {
                return number * factor;
            }
        }

        return null;
    }
}
