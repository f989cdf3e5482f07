using LoadLab.Core;

namespace LoadLab.Serving.Batching;

/// <summary>
/// The dynamic batcher of Triton Inference Server, as its core's <c>DynamicBatchScheduler::GetDynamicBatch</c> decides: the line is walked from its head until a job
/// does not fit or does not match; the largest preferred size on the way runs; once the oldest job walked over has waited the delay, everything walked over runs and
/// preferred sizes no longer count.
/// </summary>
/// <remarks>
/// Where memory lowers the limit, it stands for Triton's max_batch_size: a line that reaches it runs, and preferred sizes above it cannot be reached. Left out: Triton
/// may add to a batch that was handed to a busy instance; here one forms only for a free replica.
/// </remarks>
internal sealed class TritonBatching(BatchingOptions options) : IBatchPolicy
{
    private readonly int[] _preferred = [.. options.Preferred.Order()];

    /// <summary>As in Triton, where no preferred size means that of the largest batch.</summary>
    private readonly int _largest = options.Preferred.DefaultIfEmpty(options.MaxBatch).Max();

    public bool LinesByModel => true;

    public BatchDecision Decide(Instant now, ReadOnlySpan<LineJob> line, int limit) => Decide(now, line, [], limit);

    /// <param name="now">The instant.</param>
    /// <param name="line">The line.</param>
    /// <param name="sizes">How many items each job counts, as Triton's requests may be batches themselves; empty = 1 each, as every call here.</param>
    /// <param name="limit">Most items of a batch.</param>
    internal BatchDecision Decide(Instant now, ReadOnlySpan<LineJob> line, ReadOnlySpan<int> sizes, int limit)
    {
        var oldest = line[0].Queued;
        var (jobs, size) = (0, 0);
        var (best, bestReason) = (0, "");
        string? end = null;
        for (; jobs < line.Length; jobs++)
        {
            var next = sizes.IsEmpty ? 1 : sizes[jobs];
            if (jobs > 0)
            {
                if (best == 0 && size + next > _largest)
                {
                    (best, bestReason) = (jobs, Reached(size, limit));
                }

                end = size + next > limit ? Full(limit) : line[jobs].Key != line[0].Key ? "mismatch" : null;
                if (end is not null)
                {
                    break;
                }
            }

            size += next;
            oldest = line[jobs].Queued < oldest ? line[jobs].Queued : oldest;
            if (IsPreferred(size))
            {
                (best, bestReason) = (jobs + 1, Reached(size, limit));
            }
        }

        var late = options.Delay > Duration.Zero && now - oldest >= options.Delay;
        if (best > 0 && !late)
        {
            return BatchDecision.Run(best, bestReason);
        }

        end ??= size >= limit ? Full(limit) : late || options.Delay == Duration.Zero ? "delay" : size >= _largest ? "full" : null;
        return end is null ? BatchDecision.Wait(oldest + options.Delay, "delay") : BatchDecision.Run(jobs, end);
    }

    private bool IsPreferred(int size) => Array.BinarySearch(_preferred, size) >= 0;

    private string Reached(int size, int limit) => size >= limit && limit < options.MaxBatch ? "memory" : IsPreferred(size) ? "preferred" : "full";

    private string Full(int limit) => limit < options.MaxBatch ? "memory" : "full";
}
