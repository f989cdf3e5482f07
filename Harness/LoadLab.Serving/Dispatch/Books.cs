using LoadLab.Core;
using LoadLab.Serving.Admission;
using LoadLab.Serving.Priority;
using LoadLab.Serving.Recovery;

namespace LoadLab.Serving.Dispatch;

/// <summary>What the rules keep account of, each in its own room.</summary>
internal sealed class Books(ServingOptions options, TierTable tiers, Seed seed)
{
    private readonly FairShare[] _shares = [.. Enumerable.Range(0, tiers.Lanes).Select(_ => new FairShare(options.Fairness))];


    public Quotas Quotas { get; } = new(options.Admission, tiers, options.Calendar);

    public WaitEstimate Wait { get; } = new(tiers.Lanes);

    public Breakers Breakers { get; } = new(options.Recovery);

    public BatchLimits Limits { get; } = new();

    public ReplicaHealth Health { get; } = new(options.Recovery);

    public RetryPolicy Retries { get; } = new(options.Recovery, seed);

    /// <summary>Fair share among the tenants of one lane.</summary>
    public FairShare ShareOf(int lane) => _shares[lane];

    /// <summary>Nothing waits and nothing runs: all tenants start even again.</summary>
    public void Idle()
    {
        foreach (var share in _shares)
        {
            share.Idle();
        }
    }

    /// <summary>Books the work of a job that waits from now on, in replica-seconds.</summary>
    public void Queue(JobState job, double seconds)
    {
        job.Seconds = seconds;
        Wait.Queue(job.Lane, job.Seconds);
    }

    public void Unqueue(JobState job) => Wait.Unqueue(job.Lane, job.Seconds);
}
