using LoadLab.Core;

namespace LoadLab.Serving.Recovery;

/// <summary>How often to write checkpoints.</summary>
public static class CheckpointInterval
{
    /// <summary>
    /// Young's interval between two checkpoints, sqrt(2 x cost x mean time between failures): what lost work and checkpoints cost together is then least, to first order (J. W. Young,
    /// A first order approximation to the optimum checkpoint interval, CACM 17(9), 1974). Good while the cost is far below the mean time; 5 s and one hour give 189.736660 s.
    /// </summary>
    /// <param name="cost">Time that one checkpoint takes; above zero.</param>
    /// <param name="meanTimeBetweenFailures">Of the replica, reclamations included; above zero.</param>
    public static Duration Young(Duration cost, Duration meanTimeBetweenFailures)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(cost.Nanoseconds, 0, nameof(cost));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(meanTimeBetweenFailures.Nanoseconds, 0, nameof(meanTimeBetweenFailures));
        return Duration.FromSeconds(Math.Sqrt(2 * cost.Seconds * meanTimeBetweenFailures.Seconds));
    }
}
