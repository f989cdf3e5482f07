using System.Runtime.InteropServices;
using LoadLab.Core;
using LoadLab.Serving.Priority;

namespace LoadLab.Serving.Admission;

/// <param name="Allowed">Whether the job may come in.</param>
/// <param name="Reason">quota-daily or quota-concurrent; empty when it may.</param>
/// <param name="RetryAfter">Time of the run until the calendar's next midnight, for a daily limit; null when it is not known.</param>
internal readonly record struct QuotaVerdict(bool Allowed, string Reason, Duration? RetryAfter)
{
    public static readonly QuotaVerdict Yes = new(true, "", null);
}

/// <summary>
/// Limits by tenant: jobs a day (the calendar's) and jobs open at once, in its tier and over all tiers. A job counts for its day when it is let in, however it ends. A job
/// of an emergency tier passes and is not counted. Callers without a tenant are one tenant.
/// </summary>
/// <remarks>Memory: a count by tenant with open jobs, and by tenant with a job today; the day's are dropped at midnight. Nothing is kept where nothing is limited.</remarks>
internal sealed class Quotas(AdmissionOptions options, TierTable tiers, Calendar calendar)
{
    public const string Daily = "quota-daily";
    public const string Concurrent = "quota-concurrent";

    private const int AllTiers = -1;

    private readonly Dictionary<string, TenantQuota> _tenants = new(options.Tenants, StringComparer.Ordinal);
    private readonly TenantQuota _all = new(options.Daily, options.Concurrent);
    private readonly TenantQuota[] _tiers = [.. Enumerable.Range(0, tiers.Lanes).Select(lane => new TenantQuota(tiers.Of(lane).DailyQuota, tiers.Of(lane).Concurrent))];
    private readonly Dictionary<Holder, int> _open = [];
    private readonly bool _limited = options.Daily is not null || options.Concurrent is not null || options.Tenants.Count > 0
        || Enumerable.Range(0, tiers.Lanes).Any(lane => tiers.Of(lane).DailyQuota is not null || tiers.Of(lane).Concurrent is not null);

    private Dictionary<Holder, int> _today = [];
    private DateTime _day;

    /// <summary>Counts kept now.</summary>
    public int Kept => _open.Count + _today.Count;

    /// <summary>Asks, and counts nothing.</summary>
    public QuotaVerdict Ask(Instant now, JobView job)
    {
        if (!_limited)
        {
            return QuotaVerdict.Yes;
        }

        Turn(now);
        var lane = tiers.LaneOf(job.Tier);
        if (tiers.Of(lane).Emergency)
        {
            return QuotaVerdict.Yes;
        }

        var tenant = OfTenant(job);
        if (Full(_today, new(job.Tenant, lane), _tiers[lane].Daily) || Full(_today, new(job.Tenant, AllTiers), tenant.Daily))
        {
            var none = _tiers[lane].Daily == 0 || tenant.Daily == 0;
            return new(false, Daily, none ? null : TimeOfDay.Next(calendar, 0, now) - now);
        }

        return Full(_open, new(job.Tenant, lane), _tiers[lane].Concurrent) || Full(_open, new(job.Tenant, AllTiers), tenant.Concurrent)
            ? new(false, Concurrent, null)
            : QuotaVerdict.Yes;
    }

    /// <summary>Counts a job that was let in.</summary>
    public void Admit(Instant now, JobView job)
    {
        if (!_limited)
        {
            return;
        }

        Turn(now);
        var lane = tiers.LaneOf(job.Tier);
        if (tiers.Of(lane).Emergency)
        {
            return;
        }

        Count(new(job.Tenant, lane), _tiers[lane]);
        Count(new(job.Tenant, AllTiers), OfTenant(job));
    }

    /// <summary>A job that was let in has ended, once, however: it is open no more.</summary>
    public void End(JobView job)
    {
        if (!_limited)
        {
            return;
        }

        var lane = tiers.LaneOf(job.Tier);
        if (!tiers.Of(lane).Emergency)
        {
            Close(new(job.Tenant, lane));
            Close(new(job.Tenant, AllTiers));
        }
    }

    private TenantQuota OfTenant(JobView job) => _tenants.GetValueOrDefault(job.Tenant, _all);

    private void Turn(Instant now)
    {
        var day = calendar.At(now).Date;
        if (day != _day)
        {
            _day = day;
            _today = [];
        }
    }

    private static bool Full(Dictionary<Holder, int> counts, Holder holder, int? limit) => limit is { } most && counts.GetValueOrDefault(holder) >= most;

    private void Count(Holder holder, TenantQuota limits)
    {
        if (limits.Daily is not null)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_today, holder, out _)++;
        }

        if (limits.Concurrent is not null)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_open, holder, out _)++;
        }
    }

    private void Close(Holder holder)
    {
        if (_open.TryGetValue(holder, out var open) && open > 1)
        {
            _open[holder] = open - 1;
        }
        else
        {
            _open.Remove(holder);
        }
    }

    /// <param name="Tenant">The tenant.</param>
    /// <param name="Lane">The tier's lane, or all tiers.</param>
    private readonly record struct Holder(string Tenant, int Lane);
}
