using LoadLab.Core;

namespace LoadLab.Serving.Metrics;

/// <summary>How many times, and how long altogether.</summary>
public readonly record struct Spans(long Count, Duration Time)
{
    internal Spans With(Duration one) => new(Count + 1, Time + one);
}
