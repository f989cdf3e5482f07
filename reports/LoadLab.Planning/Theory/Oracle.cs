using System.Globalization;

namespace LoadLab.Planning.Theory;

/// <summary>One figure that theory knows.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">By its closed form, computed.</param>
/// <param name="Printed">As the table of oracles prints it, with its digits.</param>
/// <param name="Measure">How a run measures it; null for a formula that no run is asked for.</param>
public sealed record Oracle(string Name, double Value, string Printed, Measure? Measure)
{
    /// <summary>A tail, a percentile or a load above 0.8: twice the half-width is allowed.</summary>
    public bool Wide { get; init; }

    /// <summary>The value is no mean but what the mean never passes.</summary>
    public bool Bound { get; init; }

    /// <summary>Whether the closed form gives the printed value to its last digit.</summary>
    public bool AsPrinted
    {
        get
        {
            var point = Printed.IndexOf('.', StringComparison.Ordinal);
            var digits = point < 0 ? 0 : Printed.Length - point - 1;
            return Math.Abs(Value - double.Parse(Printed, CultureInfo.InvariantCulture)) <= 0.5001 * Math.Pow(10, -digits);
        }
    }
}
