using LoadLab.Core;

namespace LoadLab.Fleet;

/// <summary>What delivering at least once did to a run.</summary>
public sealed record BrokerCounts
{
    /// <summary>Jobs delivered to a worker, first deliveries and later ones.</summary>
    public int Deliveries { get; init; }

    /// <summary>Times that a job came back because it had not ended by its visibility timeout.</summary>
    public int Redeliveries { get; init; }

    /// <summary>Runs that ended, well or not, after their call had ended by another run.</summary>
    public int Duplicates { get; init; }

    /// <summary>What these took; part of the wasted GPU-seconds.</summary>
    public GpuTime DuplicateTime { get; init; }

    /// <summary>Calls that failed because their last delivery did.</summary>
    public int DeadLetters { get; init; }
}
