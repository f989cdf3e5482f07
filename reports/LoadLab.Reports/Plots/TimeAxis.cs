namespace LoadLab.Reports;

/// <summary>The one time axis of all plots of a run: from its start to its end, in the unit that reads best.</summary>
internal sealed record TimeAxis
{
    private readonly double _unitSeconds;

    public TimeAxis(double endSeconds)
    {
        EndSeconds = endSeconds;
        (Unit, _unitSeconds) = endSeconds switch
        {
            >= 3 * 3600 => ("h", 3600.0),
            >= 600 => ("min", 60.0),
            _ => ("s", 1.0),
        };
    }

    public double EndSeconds { get; }

    public string Unit { get; }

    public (double Low, double High) Range => (0, EndSeconds / _unitSeconds);

    public string Label => $"time since the start of the run, {Unit}";

    public double[] Of(IEnumerable<double> seconds) => [.. seconds.Select(value => value / _unitSeconds)];
}
