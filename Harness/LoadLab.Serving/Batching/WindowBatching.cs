using LoadLab.Core;

namespace LoadLab.Serving.Batching;

/// <summary>
/// Time-window micro-batching: compatible jobs run together as soon as they are as many as may run, or when the oldest of them has waited the window. The window
/// belongs to the oldest job, not to the head of the line: one that overtakes starts no new one.
/// </summary>
internal sealed class WindowBatching(BatchingOptions options) : IBatchPolicy
{
    public bool LinesByModel => false;

    public BatchDecision Decide(Instant now, ReadOnlySpan<LineJob> line, int limit)
    {
        if (line.Length >= limit)
        {
            return BatchDecision.Run(limit, limit < options.MaxBatch ? "memory" : "full");
        }

        var oldest = line[0].Queued;
        foreach (var job in line[1..])
        {
            oldest = job.Queued < oldest ? job.Queued : oldest;
        }

        var end = oldest + options.Window;
        return now >= end ? BatchDecision.Run(line.Length, "window") : BatchDecision.Wait(end, "window");
    }
}
