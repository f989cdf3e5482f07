using LoadLab.Core;

namespace LoadLab.Engine.Pacing;

/// <summary>Tells the time of the run. Targets stamp what they see with it.</summary>
public interface IRunClock
{
    Instant Now { get; }
}

/// <summary>A clock that can also be waited for: real (<see cref="PreciseWaiter"/>) or virtual, in tests.</summary>
public interface IPacer : IRunClock
{
    /// <summary>Blocks the calling thread until the absolute instant, or until <paramref name="stop"/>; returns at once when it has passed.</summary>
    void WaitUntil(Instant at, CancellationToken stop);
}
