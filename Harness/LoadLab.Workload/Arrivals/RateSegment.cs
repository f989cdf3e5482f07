namespace LoadLab.Workload;

/// <summary>A straight piece of a rate over time: calls per second going from <paramref name="From"/> to <paramref name="To"/> between two times in seconds of the run.</summary>
public readonly record struct RateSegment(double Start, double End, double From, double To)
{
    /// <summary>Calls that this piece asks for.</summary>
    public double Area => (End - Start) * (From + To) / 2;

    /// <summary>Rate at a time inside the piece.</summary>
    public double RateAt(double seconds) => From + ((To - From) * (seconds - Start) / (End - Start));
}
