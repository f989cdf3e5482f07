using LoadLab.Core;

namespace LoadLab.Serving.Recovery;

/// <summary>Whether and when a job whose attempt failed runs again. Nothing is drawn: the spread of the waits is a hash of (seed, job, attempt).</summary>
internal sealed class RetryPolicy(RecoveryOptions options, Seed seed)
{
    private readonly Seed _seed = seed.Derive("retry");

    /// <param name="now">The instant.</param>
    /// <param name="job">The job.</param>
    /// <param name="attempts">Attempts made so far, number from 1; a load that failed for it is one.</param>
    /// <param name="cause">Why the last one failed: a <see cref="FailureCause"/>.</param>
    /// <param name="batchSize">Jobs of the batch that failed.</param>
    public RetryDecision Decide(Instant now, JobId job, int attempts, string cause, int batchSize)
    {
        // Alone and still too large: it will never fit.
        var neverFits = cause == FailureCause.OutOfMemory && batchSize <= 1;
        if (attempts > options.Retries || neverFits || cause is FailureCause.Cancelled or FailureCause.Shutdown)
        {
            return new(false, now, false, cause);
        }

        // The replica was at fault, or the batch's size, which is smaller next time: there is nothing to wait for.
        var wait = cause is FailureCause.ReplicaLost or FailureCause.OutOfMemory ? Duration.Zero : Wait(job, attempts);

        // One poisonous job fails every batch that it is in; alone it fails only itself.
        var alone = batchSize > 1 && (cause is FailureCause.Error or FailureCause.Crashed);
        return new(true, now + wait, alone, cause);
    }

    /// <summary>min(backoff x 2^(attempts - 1), max) x (1 - jitter x u), u in [0, 1).</summary>
    private Duration Wait(JobId job, int attempts)
    {
        var longest = options.Backoff;
        for (var i = 1; i < attempts && longest < options.MaxBackoff; i++)
        {
            longest += longest;
        }

        var nanoseconds = Math.Min(longest.Nanoseconds, options.MaxBackoff.Nanoseconds);
        var u = (_seed.Derive(job.Value).Derive(attempts).Value >> 11) * (1.0 / (1UL << 53));
        return new(nanoseconds - (long)(nanoseconds * options.Jitter * u));
    }
}

/// <param name="Again">Whether the job is queued again; otherwise it is a dead letter.</param>
/// <param name="At">When it is back in the queue.</param>
/// <param name="Alone">Whether it shares no batch from now on.</param>
/// <param name="Reason">The cause.</param>
internal readonly record struct RetryDecision(bool Again, Instant At, bool Alone, string Reason);
