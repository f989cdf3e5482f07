using LoadLab.Core;

namespace LoadLab.Serving.Metrics;

/// <summary>What the checks of one phase did and took.</summary>
public sealed class SafetyCounts
{
    /// <summary>Checks that were answered, and the time that jobs waited for them.</summary>
    public Spans Answered { get; private set; }

    /// <summary>Checks that were not answered within their limit, and the time that jobs waited for them.</summary>
    public Spans Unanswered { get; private set; }

    /// <summary>Jobs refused.</summary>
    public long Refused { get; private set; }

    /// <summary>GPU time, over all attempts, of the jobs refused: zero before generation, a cost line after it.</summary>
    public Duration RefusedGpu { get; private set; }

    internal void Answer(Duration took) => Answered = Answered.With(took);

    internal void Miss(Duration waited) => Unanswered = Unanswered.With(waited);

    internal void Refuse(Duration gpu) => (Refused, RefusedGpu) = (Refused + 1, RefusedGpu + gpu);
}
