using LoadLab.Core;

namespace LoadLab.Serving.Batching;

/// <summary>One job a batch, at once.</summary>
internal sealed class NoBatching : IBatchPolicy
{
    public bool LinesByModel => false;

    public BatchDecision Decide(Instant now, ReadOnlySpan<LineJob> line, int limit) => BatchDecision.Run(1, "single");
}
