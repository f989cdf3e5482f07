using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Workload;

namespace LoadLab.Fleet;

/// <summary>Draws what breaks: a replica's life by its number, a batch's failure by its first job and that job's attempt, a poisonous prompt by its hash.</summary>
internal sealed class SimulatedFaults(FaultOptions options, Schedule schedule, Seed seed)
{
    public const string Cause = "error";

    private readonly Seed _lives = seed.Derive("replica-life");
    private readonly Seed _batches = seed.Derive("batch-failure");
    private readonly Seed _poison = seed.Derive("poison");
    private readonly byte[] _attempts = options is { FailedBatches: 0, PoisonShare: 0 } ? [] : new byte[schedule.Calls.Count];

    /// <summary>How long a replica exists before it is lost; null = for ever.</summary>
    public Duration? Life(ReplicaId replica) => options.MeanTimeToFailure is { } mean
        ? mean * Math.Min(1e3, _lives.Derive(replica.Value).Stream("life").NextExponential())
        : null;

    /// <summary>Counts an attempt of each job; the share of the batch's time after which it fails, in [0, 1), and why. Null = it does not.</summary>
    public (double At, string Detail)? Strike(ReadOnlySpan<JobId> jobs)
    {
        if (_attempts.Length == 0)
        {
            return null;
        }

        foreach (var job in jobs)
        {
            ref var attempts = ref _attempts[IndexOf(job)];
            attempts = (byte)Math.Min(byte.MaxValue, attempts + 1);
        }

        var draws = _batches.Derive(IndexOf(jobs[0])).Stream($"attempt {_attempts[IndexOf(jobs[0])]}");
        var (failure, at) = (draws.NextDouble(), draws.NextDouble());
        foreach (var job in jobs)
        {
            if (IsPoison(schedule.Calls[IndexOf(job)]))
            {
                return (at, "a prompt that fails every batch it is in");
            }
        }

        return failure < options.FailedBatches ? (at, "a simulated fault") : null;
    }

    private int IndexOf(JobId job) => (int)(job.Value % schedule.Calls.Count);

    private bool IsPoison(ScheduledCall call) => options.PoisonShare > 0 && _poison.ShareOf(call.PromptHash) < options.PoisonShare;
}
