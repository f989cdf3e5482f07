namespace LoadLab.Core;

/// <summary>A named measurement over time. Times are seconds since the start of the run, strictly increasing; a NaN value is a gap and keeps its place.</summary>
public sealed record Series
{
    public Series(string name, string unit, IReadOnlyList<double> timesSeconds, IReadOnlyList<double> values)
    {
        if (timesSeconds.Count != values.Count)
        {
            throw new ArgumentException($"series {name}: {timesSeconds.Count} times and {values.Count} values", nameof(values));
        }

        Name = name;
        Unit = unit;
        TimesSeconds = timesSeconds;
        Values = values;
    }

    public string Name { get; }

    public string Unit { get; }

    public IReadOnlyList<double> TimesSeconds { get; }

    public IReadOnlyList<double> Values { get; }

    public int Count => Values.Count;
}
