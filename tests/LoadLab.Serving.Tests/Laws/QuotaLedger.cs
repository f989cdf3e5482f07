using LoadLab.Core;
using LoadLab.Serving.Admission;

namespace LoadLab.Serving.Tests.Laws;

/// <summary>What each tenant has open and was let in today, against its quotas. An emergency job is not counted.</summary>
internal sealed class QuotaLedger(ServingOptions options)
{
    private readonly Dictionary<(string Tenant, string Tier), int> _open = [];
    private readonly Dictionary<(string Tenant, string Tier), int> _today = [];
    private DateTime _day;

    public void Turn(Instant now)
    {
        var day = options.Calendar.At(now).Date;
        if (day != _day)
        {
            _day = day;
            _today.Clear();
        }
    }

    public void Admitted(JobView job)
    {
        if (Emergency(job))
        {
            return;
        }

        var (tier, tenant) = LimitsOf(job);
        Count(job, Tier(job), tier);
        Count(job, "*", tenant);
    }

    /// <summary>Whether one more job of it would pass a quota.</summary>
    public bool IsFull(JobView job)
    {
        var (tier, tenant) = LimitsOf(job);
        return IsFull(job, Tier(job), tier) || IsFull(job, "*", tenant);
    }

    public void Ended(JobView job)
    {
        if (!Emergency(job))
        {
            _open[(job.Tenant, Tier(job))]--;
            _open[(job.Tenant, "*")]--;
        }
    }

    private bool IsFull(JobView job, string tier, TenantQuota limit) =>
        _today.GetValueOrDefault((job.Tenant, tier)) >= (limit.Daily ?? int.MaxValue) || _open.GetValueOrDefault((job.Tenant, tier)) >= (limit.Concurrent ?? int.MaxValue);

    private (TenantQuota Tier, TenantQuota Tenant) LimitsOf(JobView job)
    {
        var tier = options.Tiers.FirstOrDefault(tier => tier.Name == job.Tier);
        return (new(tier?.DailyQuota, tier?.Concurrent), options.Admission.Tenants.GetValueOrDefault(job.Tenant) ?? new(options.Admission.Daily, options.Admission.Concurrent));
    }

    private void Count(JobView job, string tier, TenantQuota limit)
    {
        var key = (job.Tenant, tier);
        _open[key] = _open.GetValueOrDefault(key) + 1;
        _today[key] = _today.GetValueOrDefault(key) + 1;
        Law.Holds(_open[key] <= (limit.Concurrent ?? int.MaxValue), $"{job.Tenant} has {_open[key]} jobs open in {tier}, more than its quota");
        Law.Holds(_today[key] <= (limit.Daily ?? int.MaxValue), $"{job.Tenant} was let into {tier} {_today[key]} times today, more than its quota");
    }

    private bool Emergency(JobView job) => options.Tiers.Any(tier => tier.Emergency && tier.Name == job.Tier);

    private string Tier(JobView job) => options.Tiers.Any(tier => tier.Name == job.Tier) ? job.Tier : "";
}
