using System.Globalization;

namespace LoadLab.Planning;

/// <summary>What one GPU costs for one hour, and where that figure comes from. Prices of the same chip differ fivefold on one day, so a price is never printed without its <see cref="Label"/>.</summary>
public sealed record Price
{
    /// <summary>Days after which a price should be looked up again.</summary>
    public const int StaleAfterDays = 90;

    /// <summary>provider/gpu/tier for a row of the table, for example verda/h100-sxm/on-demand; "given" for a price written in the scenario.</summary>
    public required string Sku { get; init; }

    public required decimal PerGpuHour { get; init; }

    /// <summary>Three letters, for example USD. Amounts are never converted.</summary>
    public required string Currency { get; init; }

    public string Provider { get; init; } = "";

    public string Gpu { get; init; } = "";

    /// <summary>on-demand or spot.</summary>
    public string Tier { get; init; } = "";

    public string Region { get; init; } = "";

    /// <summary>When the price was true; null when its source does not say.</summary>
    public DateOnly? Date { get; init; }

    /// <summary>Version of the source when it has no date.</summary>
    public string Version { get; init; } = "";

    public required string Source { get; init; }

    /// <summary>One line that names the price, what it buys, where, when, and who says so.</summary>
    public string Label
    {
        get
        {
            var when = Date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? (Version.Length > 0 ? $"date unknown, {Version}" : "date unknown");
            string[] parts = [$"{Sku} at {PerGpuHour.ToString(CultureInfo.InvariantCulture)} {Currency} per GPU-hour", Provider, Region, when, $"source {Source}"];
            return string.Join(", ", parts.Where(part => part.Length > 0));
        }
    }

    /// <summary>Why not to trust the price today; null when it is fresh. Told the day, so that results stay a function of their inputs.</summary>
    public string? StaleWarning(DateOnly today) => Date switch
    {
        null => $"the price of {Sku} has no date: look it up before deciding",
        { } date when today.DayNumber - date.DayNumber > StaleAfterDays =>
            string.Create(CultureInfo.InvariantCulture, $"the price of {Sku} is {today.DayNumber - date.DayNumber} days old ({date:yyyy-MM-dd}): look it up before deciding"),
        _ => null,
    };
}
