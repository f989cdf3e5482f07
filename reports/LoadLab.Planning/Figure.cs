using System.Text.Json.Serialization;

namespace LoadLab.Planning;

/// <summary>A number that may not exist: the value, or null and the reason.</summary>
public sealed record Figure(double? Value, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Why = null)
{
    /// <summary>The value, or <paramref name="why"/> when it is infinite or NaN.</summary>
    public static Figure Of(double value, string why) => double.IsFinite(value) ? new Figure(value) : new Figure(null, why);
}
