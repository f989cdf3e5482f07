using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Workload;

namespace LoadLab.Fleet;

/// <summary>
/// Draws what breaks: a replica's lives by its number, its reclamation likewise, a batch's failure by its first job and that job's attempt, a poisonous prompt by its hash.
/// </summary>
internal sealed class SimulatedFaults(FaultOptions options, SpotOptions spot, Schedule schedule, Seed seed)
{
    public const string Cause = "error";

    private readonly Seed _lives = seed.Derive("replica-life");
    private readonly Seed _spots = seed.Derive("spot");
    private readonly Seed _batches = seed.Derive("batch-failure");
    private readonly Seed _poison = seed.Derive("poison");
    private readonly byte[] _attempts = options is { FailedBatches: 0, PoisonShare: 0 } ? [] : new byte[schedule.Calls.Count];

    public FaultOptions Options => options;

    public SpotOptions Spot => spot;

    /// <summary>How long a replica lasts until it breaks; null = for ever.</summary>
    /// <param name="replica">Its number.</param>
    /// <param name="life">Its repairs so far.</param>
    public Duration? Life(ReplicaId replica, int life) => options.MeanTimeToFailure is { } mean
        ? AtLeastOne(mean * Math.Min(1e3, _lives.Derive(replica.Value).Stream(life == 0 ? "life" : $"life {life}").NextExponential()))
        : null;

    /// <summary>From a replica's existing to its notice; null = it is never reclaimed.</summary>
    public Duration? ReclaimAfter(ReplicaId replica) => spot.MeanTimeToReclaim is { } mean
        ? mean * Math.Min(1e3, _spots.Derive(replica.Value).Stream("reclaim").NextExponential())
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
            if (IsPoison(IndexOf(job)))
            {
                return (at, "a prompt that fails every batch it is in");
            }
        }

        return failure < options.FailedBatches ? (at, "a simulated fault") : null;
    }

    private int IndexOf(JobId job) => (int)(job.Value % schedule.Calls.Count);

    private static Duration AtLeastOne(Duration time) => time > Duration.Zero ? time : new Duration(1);

    private bool IsPoison(int call) => options.PoisonShare > 0 && _poison.ShareOf(schedule.PromptHashOf(call)) < options.PoisonShare;
}
