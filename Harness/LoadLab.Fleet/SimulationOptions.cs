using LoadLab.Core;

namespace LoadLab.Fleet;

/// <summary>The true time of a batch, in seconds: above 0.</summary>
/// <param name="first">Index of the batch's first call.</param>
/// <param name="batch">Jobs of the batch.</param>
/// <param name="draws">The stream of that call, the same for every attempt and under every policy; the next batch's once this one is answered.</param>
public delegate double TrueTime(long first, int batch, RandomStream draws);

/// <summary>What a simulation is to write and to keep; the result's figures do not depend on it.</summary>
public sealed record SimulationOptions
{
    /// <summary>Gets decisions.jsonl and is closed; null writes none.</summary>
    public Stream? Journal { get; init; }

    /// <summary>Draws the whole time of each batch in place of the profile: for laws that no profile can hold exactly, as theory's. Null = the profile's times.</summary>
    public TrueTime? Times { get; init; }

    /// <summary>Whether the result holds a row for every call. Without rows a run of any length needs memory for the calls in flight alone; the tally is the same.</summary>
    /// <value>true.</value>
    public bool KeepCalls { get; init; } = true;

    /// <summary>The longest latency that the tally counts as in time; null = any.</summary>
    public Duration? Bound { get; init; }

    /// <summary>Hears of each call as it ends, in order of time; null = nobody.</summary>
    public Action<EndedCall>? Ended { get; init; }
}
