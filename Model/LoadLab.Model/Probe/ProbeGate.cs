namespace LoadLab.Model.Probe;

/// <summary>What a gate's value counts.</summary>
public enum GateUnit
{
    /// <summary>A share of one; 0.01 is 1 %.</summary>
    Share,
    Bytes,
    Count,
}

/// <summary>A figure and the most it may be. A figure that could not be measured (NaN) does not pass.</summary>
public sealed record ProbeGate(string Name, double Value, double Bound, GateUnit Unit)
{
    public bool Passed => Value <= Bound;
}
