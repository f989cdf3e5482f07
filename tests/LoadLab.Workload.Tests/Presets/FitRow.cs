using System.Globalization;

namespace LoadLab.Workload.Tests;

/// <summary>One figure of a trace beside the same figure of a preset, over many seeds.</summary>
/// <param name="Figure">What is compared.</param>
/// <param name="Trace">Of the trace; null where only the difference to it is told.</param>
/// <param name="Preset">Of the preset, a value a seed.</param>
/// <param name="Bound">What the mean over the seeds must keep, in words.</param>
/// <param name="Fits">Whether a mean keeps it.</param>
internal sealed record FitRow(string Figure, double? Trace, IReadOnlyList<double> Preset, string Bound, Func<double, bool> Fits)
{
    /// <summary>Over the seeds.</summary>
    public double Mean { get; init; } = Preset.Average();

    public bool Passes => Fits(Mean);

    /// <summary>Mean within a factor of the trace's value.</summary>
    public static FitRow Factor(string figure, double trace, IReadOnlyList<double> preset, double factor) =>
        new(figure, trace, preset, Text($"factor {factor:0.##}"), mean => mean <= trace * factor && mean >= trace / factor);

    /// <summary>Mean within a share of the trace's value.</summary>
    public static FitRow Share(string figure, double trace, IReadOnlyList<double> preset, double share) =>
        new(figure, trace, preset, Text($"within {share:0%}"), mean => Math.Abs(mean - trace) <= share * trace);

    /// <summary>Mean within a distance of the trace's value.</summary>
    public static FitRow Distance(string figure, double trace, IReadOnlyList<double> preset, double distance) =>
        new(figure, trace, preset, Text($"within {distance:0.##}"), mean => Math.Abs(mean - trace) <= distance);

    /// <summary>A difference to the trace that must stay small.</summary>
    /// <param name="figure">What is compared.</param>
    /// <param name="ofMean">Of the mean over the seeds to the trace.</param>
    /// <param name="preset">Of each seed to the trace.</param>
    /// <param name="most">Largest that fits.</param>
    public static FitRow Difference(string figure, double ofMean, IReadOnlyList<double> preset, double most) =>
        new(figure, null, preset, Text($"at most {most:0.##}"), mean => mean <= most) { Mean = ofMean };

    /// <summary>A row of the page's table.</summary>
    public override string ToString() =>
        $"| {Figure} | {(Trace is { } trace ? Number(trace) : "")} | {Number(Mean)} | {Number(Preset.Min())} to {Number(Preset.Max())} | {Bound} | {(Passes ? "yes" : "NO")} |";

    private static string Number(double value) => Math.Abs(value) >= 1000 ? Text($"{value:#,0}") : Math.Abs(value) >= 100 ? Text($"{value:0}") : Math.Abs(value) >= 10 ? Text($"{value:0.0}") : Text($"{value:0.00}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
