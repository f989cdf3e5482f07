using LoadLab.Core;
using LoadLab.Serving.Priority;

namespace LoadLab.Serving.Tests.Laws;

/// <summary>
/// Nobody overtakes a better tier without saying why, and each tier keeps to its replicas and hours. Which lane is the better one: emergency before all; the better priority;
/// with ageing, the one whose first job has waited longer, each level of priority counting as much as the ageing time.
/// </summary>
internal sealed class ServiceOrder(ServingOptions options)
{
    private readonly TierOptions _unlisted = new() { Priority = options.Tiers.Where(tier => !tier.Emergency).Select(tier => tier.Priority).DefaultIfEmpty(0).Max() };
    private readonly Dictionary<string, TierOptions> _tiers = options.Tiers.ToDictionary(tier => tier.Name);

    /// <summary>Within a lane, the first is not always the oldest: then this says nothing of ageing.</summary>
    private readonly bool _agesKnown = options is { Fairness.ByTenant: false, Safety.Before: null, Batching.TimeoutDelays: false };

    public TierOptions TierOf(SeenJob job) => _tiers.GetValueOrDefault(job.View.Tier, _unlisted);

    /// <summary>A job runs on a replica that its tier may use, and by day on no more of them than its tier may.</summary>
    public void Holds(Instant now, SeenJob job, SeenReplica replica, IEnumerable<SeenBatch> running)
    {
        Law.Holds(Serves(replica, job), $"job {job.Id} of tier {job.View.Tier} and model {job.Served.Name} runs on replica {replica.Id.Value}, which is not for it");
        Law.Holds(!IsClosed(now, TierOf(job), running), $"job {job.Id} of tier {job.View.Tier} starts outside the hours of its tier");
    }

    /// <summary>A batch says that it overtakes when a job of a better lane waits that could run on its replica.</summary>
    public void Holds(Instant now, Decision.Start start, SeenJob first, SeenReplica replica, IReadOnlyCollection<SeenJob> jobs, IReadOnlyCollection<SeenBatch> running)
    {
        if (start.Reason.StartsWith("overtakes-", StringComparison.Ordinal))
        {
            return;
        }

        foreach (var job in jobs)
        {
            var passed = job.State == SeenState.Waiting && Serves(replica, job) && IsBetter(job, first, jobs) && !IsClosed(now, TierOf(job), running);
            Law.Holds(!passed, $"job {first.Id} of tier {first.View.Tier} starts ({start.Reason}) before job {job.Id} of tier {job.View.Tier} without saying why");
        }
    }

    private bool IsBetter(SeenJob job, SeenJob other, IReadOnlyCollection<SeenJob> jobs)
    {
        var (tier, others) = (TierOf(job), TierOf(other));
        if (ReferenceEquals(tier, others) || tier.Emergency || others.Emergency)
        {
            return tier.Emergency && !others.Emergency;
        }

        return options.Ageing is not { } step ? tier.Priority < others.Priority
            : _agesKnown && Oldest(tier, jobs) + (step * tier.Priority) < Oldest(others, jobs) + (step * others.Priority);
    }

    private Instant Oldest(TierOptions tier, IReadOnlyCollection<SeenJob> jobs) => jobs.Where(job => job.State == SeenState.Waiting && ReferenceEquals(TierOf(job), tier)).Min(job => job.Queued);

    /// <summary>-1 for an emergency tier; else its priority.</summary>
    public int Rank(SeenJob job) => TierOf(job) is { Emergency: false } tier ? tier.Priority : -1;

    public bool Serves(SeenReplica replica, SeenJob job) => (replica.Group.Tier.Length == 0 || replica.Group.Tier == job.View.Tier) && FleetLedger.Holds(replica.Group, job.Served);

    private bool IsClosed(Instant now, TierOptions tier, IEnumerable<SeenBatch> running)
    {
        if (tier.Night is not { } night)
        {
            return false;
        }

        var second = options.Calendar.SecondOfDay(now);
        var isNight = night.FromSecond <= night.ToSecond ? second >= night.FromSecond && second < night.ToSecond : second >= night.FromSecond || second < night.ToSecond;
        return !isNight && running.Count(batch => batch.Jobs.Any(job => ReferenceEquals(TierOf(job), tier))) >= night.DayReplicas;
    }
}
