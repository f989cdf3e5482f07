using System.Globalization;
using LoadLab.Core;

namespace LoadLab.Engine.Guards;

/// <summary>That the service fell behind the load, and what was seen then.</summary>
/// <param name="At">When it was found, on the run's clock.</param>
/// <param name="Stretch">Over which the backlog grew.</param>
/// <param name="DuePerSecond">Calls that came due in a second of the stretch.</param>
/// <param name="EndedPerSecond">Calls that ended, whatever their outcome.</param>
/// <param name="Backlog">Calls due and not ended.</param>
/// <param name="WaitSeconds">What a call sent now must expect: backlog over the ends per second of late (Little's law); infinite when nothing ended of late.</param>
/// <param name="BestSeconds">What the service took when it was not behind.</param>
/// <param name="Stopped">Whether the run stopped for it.</param>
public sealed record Saturation(Instant At, Duration Stretch, double DuePerSecond, double EndedPerSecond, int Backlog, double WaitSeconds, double BestSeconds, bool Stopped)
{
    /// <summary>One line for people.</summary>
    public string Sentence => string.Create(
        CultureInfo.InvariantCulture,
        $"saturated at {At.Seconds:0.#} s: over the last {Stretch.Seconds:0.#} s calls came at {DuePerSecond:0.###}/s and ended at {EndedPerSecond:0.###}/s; {Backlog} wait or are served; ") + Expectation;

    private string Expectation => double.IsFinite(WaitSeconds)
        ? string.Create(CultureInfo.InvariantCulture, $"a call sent now takes about {WaitSeconds:0.#} s, {WaitSeconds / BestSeconds:0.#} times what the service needs")
        : "none ended of late";
}
