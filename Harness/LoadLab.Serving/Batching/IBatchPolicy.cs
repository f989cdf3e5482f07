using LoadLab.Core;

namespace LoadLab.Serving.Batching;

/// <summary>
/// Decides whether the jobs at the head of a line run now. Asked only while a replica that could run them is free; asked again at every event and at the instant it
/// names. Keeps nothing between two questions: the same line at the same instant gets the same answer.
/// </summary>
internal interface IBatchPolicy
{
    /// <summary>Whether a line holds every job of a model in service order (a mismatch then ends a batch) rather than the compatible ones only. Else the order of a line decides nothing.</summary>
    bool LinesByModel { get; }

    /// <param name="now">The instant.</param>
    /// <param name="line">
    /// Jobs in service order: the first <see cref="BatchingOptions.MaxBatch"/> + 1 of the line at most, at least one. Earlier ones may be younger (priority, fair
    /// share). All of one key unless <see cref="LinesByModel"/>.
    /// </param>
    /// <param name="limit">Most jobs that may run together now: the largest batch, memory and what is known of out-of-memory considered; at least 1.</param>
    BatchDecision Decide(Instant now, ReadOnlySpan<LineJob> line, int limit);
}

/// <summary>What a batch policy sees of a job that waits.</summary>
internal class LineJob(BatchKey key, Instant queued)
{
    /// <summary>Two jobs of different keys never share a batch.</summary>
    public BatchKey Key => key;

    /// <summary>Since when it waits: when it was let into the queue first.</summary>
    public Instant Queued { get; set; } = queued;
}

/// <summary>
/// Run the first <see cref="Count"/> jobs of the line, or, when that is 0, wait until an instant (null = until something happens).
/// Reasons to run: single, full, memory (the limit is below the largest batch and reached), window, preferred, mismatch, delay. Reasons to wait: window, delay.
/// </summary>
internal readonly record struct BatchDecision(int Count, Instant? Until, string Reason)
{
    public static BatchDecision Run(int count, string reason) => new(count, null, reason);

    public static BatchDecision Wait(Instant? until, string reason) => new(0, until, reason);
}
