using LoadLab.Core;

namespace LoadLab.Serving.Preemption;

/// <summary>Decides which batch gives way. Asked only when no replica that the waiting job may use is free; keeps nothing between two questions.</summary>
internal sealed class PreemptionPolicy(PreemptionOptions options)
{
    public bool On => options.On;

    /// <summary>Whether jobs of the tier may take a replica from others.</summary>
    public bool May(string tier) => options.On && (options.By.Count == 0 || options.By.Contains(tier));

    /// <summary>
    /// Index of the batch that gives way, -1 for none: of those below the waiting job the one of the lowest priority, of those the one that started last, which has the most left
    /// to do.
    /// </summary>
    /// <param name="priority">Of the waiting job; 0 is served first.</param>
    /// <param name="running">Batches on replicas that the job may use.</param>
    public int Choose(int priority, ReadOnlySpan<PreemptionCandidate> running)
    {
        var best = -1;
        for (var i = 0; i < running.Length; i++)
        {
            var it = running[i];
            if (it.Priority > priority && !(it.Preemptions >= options.Most)
                && (best < 0 || it.Priority > running[best].Priority || (it.Priority == running[best].Priority && it.Started > running[best].Started)))
            {
                best = i;
            }
        }

        return best;
    }
}

/// <param name="Priority">The best of its jobs'.</param>
/// <param name="Preemptions">How often one of its jobs gave way, at most.</param>
/// <param name="Started">When it started.</param>
internal readonly record struct PreemptionCandidate(int Priority, int Preemptions, Instant Started);
