using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Fleet;

/// <summary>What breaks in a simulation, to see what a policy makes of it; the scenario's key <c>fleet.faults</c>. Every draw has a stream of its own: two policies meet the same faults.</summary>
public sealed record FaultOptions
{
    /// <summary>Mean of the exponential time that a replica exists before it is lost, busy or not; null = replicas are never lost.</summary>
    public Duration? MeanTimeToFailure { get; init; }

    /// <summary>How long a lost replica's node is away: the next order waits for it.</summary>
    public Duration Repair { get; init; }

    /// <summary>Share of batches that fail with cause error, after a uniform share of their time; in [0, 1].</summary>
    public double FailedBatches { get; init; }

    /// <summary>Share of prompts, by hash, that fail every batch they are in; in [0, 1].</summary>
    public double PoisonShare { get; init; }

    internal static FaultOptions Bind(Section fleet)
    {
        if (fleet.Child("faults") is not { } section)
        {
            return new FaultOptions();
        }

        var options = new FaultOptions
        {
            MeanTimeToFailure = section.Value("meanTimeToFailure", Quantity.Time, time => time >= Duration.FromMilliseconds(1), "a duration of at least 1ms", "4h"),
            Repair = section.Time("repair", Duration.Zero),
            FailedBatches = section.Number("failedBatches", 0, 0, 1, "0.01"),
            PoisonShare = section.Number("poisonShare", 0, 0, 1, "0.001"),
        };
        section.Close();
        return options;
    }
}
