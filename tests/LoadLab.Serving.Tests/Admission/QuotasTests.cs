using LoadLab.Core;
using LoadLab.Serving.Admission;
using LoadLab.Serving.Priority;

namespace LoadLab.Serving.Tests.Admission;

public class QuotasTests
{
    /// <summary>A minute before midnight, a minute a second: the day ends at 1 s and the next at 1441 s.</summary>
    private static readonly Calendar s_late = new(new DateTimeOffset(2026, 1, 5, 23, 59, 0, TimeSpan.Zero), 60);

    [Fact]
    public void Third_job_of_two_a_day_is_told_to_come_after_midnight()
    {
        var quotas = new Quotas(new() { Daily = 2 }, new TierTable([]), s_late);
        Let(quotas, 0.1, Job("acme"));
        quotas.End(Job("acme"));
        Let(quotas, 0.2, Job("acme"));
        Assert.Equal(new QuotaVerdict(false, "quota-daily", Duration.FromMilliseconds(600)), Ask(quotas, 0.4, Job("acme")));
        Assert.True(Ask(quotas, 0.4, Job("bee")).Allowed);
        Assert.False(Ask(quotas, 0.999999, Job("acme")).Allowed);
        Let(quotas, 1, Job("acme"));
        Let(quotas, 2, Job("acme"));
        Assert.Equal(Duration.FromSeconds(1438), Ask(quotas, 3, Job("acme")).RetryAfter);
    }

    [Fact]
    public void Coming_back_after_the_time_that_was_told_is_allowed()
    {
        for (var number = 0; number < 300; number++)
        {
            var seed = new Seed(24).Derive(number);
            var random = new RandomStream(seed);
            var calendar = new Calendar(Calendar.Default.Start.AddSeconds(random.NextInt(86_400)), 1 + (random.NextDouble() * 1000));
            var quotas = new Quotas(new() { Daily = 1 }, new TierTable([]), calendar);
            var now = Instant.FromSeconds(random.NextDouble() * 1e6);
            quotas.Admit(now, Job("acme"));
            var told = quotas.Ask(now, Job("acme")).RetryAfter!.Value;
            Assert.True(told <= Duration.FromSeconds((86_400 / calendar.Compress) + 1e-6), $"seed {seed.Value}: {told} is longer than a day");
            Assert.True(quotas.Ask(now + told, Job("acme")).Allowed, $"seed {seed.Value}: still refused after {told}");
        }
    }

    [Fact]
    public void Job_of_yesterday_that_ends_today_gives_its_place_back_and_no_day()
    {
        var quotas = new Quotas(new() { Daily = 2, Concurrent = 2 }, new TierTable([]), s_late);
        Let(quotas, 0, Job("acme"));
        Let(quotas, 0, Job("acme"));
        Assert.Equal("quota-concurrent", Ask(quotas, 5, Job("acme")).Reason);
        quotas.End(Job("acme"));
        quotas.End(Job("acme"));
        Let(quotas, 6, Job("acme"));
        Let(quotas, 6, Job("acme"));
        Assert.Equal("quota-daily", Ask(quotas, 7, Job("acme")).Reason);
    }

    [Fact]
    public void Limits_of_the_tier_and_of_all_tiers_both_hold()
    {
        var tiers = new TierTable([new() { Name = "vip" }, new() { Name = "free", Priority = 1, Concurrent = 1, DailyQuota = 2 }]);
        var quotas = new Quotas(new() { Concurrent = 3 }, tiers, s_late);
        Let(quotas, 0, Job("acme", "free"));
        Assert.Equal(new QuotaVerdict(false, "quota-concurrent", null), Ask(quotas, 0, Job("acme", "free")));
        Let(quotas, 0, Job("bee", "free"));
        Let(quotas, 0, Job("acme", "vip"));
        Let(quotas, 0, Job("acme"));
        Assert.Equal("quota-concurrent", Ask(quotas, 0, Job("acme", "vip")).Reason);
        quotas.End(Job("acme", "free"));
        Let(quotas, 0, Job("acme", "free"));
        quotas.End(Job("acme", "free"));
        Assert.Equal("quota-daily", Ask(quotas, 0, Job("acme", "free")).Reason);
        Assert.True(Ask(quotas, 0, Job("acme", "vip")).Allowed);
    }

    [Fact]
    public void Tenant_of_its_own_limits_has_those()
    {
        var tenants = new Dictionary<string, TenantQuota> { ["acme"] = new(2, null), ["never"] = new(0, null) };
        var quotas = new Quotas(new() { Daily = 1, Concurrent = 1, Tenants = tenants }, new TierTable([]), s_late);
        Let(quotas, 0, Job("acme"));
        Let(quotas, 0, Job("acme"));
        Assert.Equal("quota-daily", Ask(quotas, 0, Job("acme")).Reason);
        Let(quotas, 0, Job("bee"));
        Assert.False(Ask(quotas, 0, Job("bee")).Allowed);
        Assert.Equal(new QuotaVerdict(false, "quota-daily", null), Ask(quotas, 0, Job("never")));
    }

    [Fact]
    public void Emergency_passes_and_does_not_count()
    {
        var quotas = new Quotas(new() { Concurrent = 1 }, new TierTable([new() { Name = "ops", Emergency = true }]), s_late);
        for (var i = 0; i < 5; i++)
        {
            Let(quotas, 0, Job("acme", "ops"));
        }

        Let(quotas, 0, Job("acme"));
        quotas.End(Job("acme", "ops"));
        Assert.Equal("quota-concurrent", Ask(quotas, 0, Job("acme")).Reason);
        Let(quotas, 0, Job("acme", "ops"));
    }

    [Fact]
    public void Nothing_is_kept_of_tenants_that_are_gone()
    {
        var quotas = new Quotas(new() { Daily = 5, Concurrent = 5 }, new TierTable([]), s_late);
        for (var tenant = 0; tenant < 100_000; tenant++)
        {
            Let(quotas, 0.5, Job($"t{tenant}"));
            quotas.End(Job($"t{tenant}"));
        }

        Assert.Equal(100_000, quotas.Kept);
        Ask(quotas, 1, Job("acme"));
        Assert.Equal(0, quotas.Kept);
    }

    [Fact]
    public void Nothing_is_kept_where_nothing_is_limited()
    {
        var quotas = new Quotas(new(), new TierTable([new() { Name = "vip" }]), s_late);
        Let(quotas, 0, Job("acme", "vip"));
        Assert.Equal(0, quotas.Kept);
        quotas.End(Job("acme", "vip"));
    }

    [Fact]
    public void Quotas_are_never_exceeded_and_nobody_is_refused_without_need()
    {
        for (var number = 0; number < 200; number++)
        {
            new Town(new Seed(500).Derive(number)).Play(400);
        }
    }

    private static QuotaVerdict Ask(Quotas quotas, double seconds, JobView job) => quotas.Ask(Instant.FromSeconds(seconds), job);

    private static void Let(Quotas quotas, double seconds, JobView job)
    {
        Assert.Equal(QuotaVerdict.Yes, Ask(quotas, seconds, job));
        quotas.Admit(Instant.FromSeconds(seconds), job);
    }

    private static JobView Job(string tenant, string tier = "") => Story.View(0, 0) with { Tenant = tenant, Tier = tier };

    /// <summary>Tenants that ask, come and go over days, beside a plain list of who came when.</summary>
    private sealed class Town
    {
        private static readonly string[] s_tiers = ["vip", "free", "ops", "other"];
        private readonly Seed _seed;
        private readonly RandomStream _random;
        private readonly Calendar _calendar;
        private readonly TierOptions[] _tiers;
        private readonly AdmissionOptions _options;
        private readonly Quotas _quotas;
        private readonly List<(JobView Job, DateTime Day)> _came = [];
        private readonly List<JobView> _open = [];

        public Town(Seed seed)
        {
            _seed = seed;
            _random = new RandomStream(seed);
            _calendar = new Calendar(Calendar.Default.Start.AddHours(_random.NextInt(24)), 1 + _random.NextInt(300));
            _tiers =
            [
                new() { Name = "vip", DailyQuota = Limit(20), Concurrent = Limit(4) },
                new() { Name = "free", Priority = 1, DailyQuota = Limit(10), Concurrent = Limit(3) },
                new() { Name = "ops", Emergency = true },
            ];
            _options = new() { Daily = Limit(25), Concurrent = Limit(5), Tenants = new Dictionary<string, TenantQuota> { ["t0"] = new(Limit(8), Limit(2)) } };
            _quotas = new Quotas(_options, new TierTable(_tiers), _calendar);
        }

        public void Play(int events)
        {
            var now = Instant.Zero;
            for (var i = 0; i < events; i++)
            {
                now += Duration.FromSeconds(_random.NextExponential() * 3600 / _calendar.Compress);
                if (_open.Count > 0 && _random.NextInt(3) == 0)
                {
                    var gone = _random.NextInt(_open.Count);
                    _quotas.End(_open[gone]);
                    _open.RemoveAt(gone);
                }
                else
                {
                    Come(now, Job($"t{_random.NextInt(4)}", s_tiers[_random.NextInt(4)]));
                }
            }

            _open.ForEach(_quotas.End);
            _quotas.Ask(now + Duration.FromSeconds(86_400 / _calendar.Compress), Job("t1"));
            Assert.True(_quotas.Kept == 0, $"seed {_seed.Value}: {_quotas.Kept} counts are kept of nobody");
        }

        private void Come(Instant now, JobView job)
        {
            var day = _calendar.At(now).Date;
            var expected = job.Tier == "ops" ? "" : Daily(job, day) ? "quota-daily" : Open(job) ? "quota-concurrent" : "";
            var verdict = _quotas.Ask(now, job);
            Assert.True((verdict.Allowed, verdict.Reason) == (expected.Length == 0, expected), $"seed {_seed.Value}: at {now} the verdict is \"{verdict.Reason}\" rather than \"{expected}\"");
            if (verdict.Allowed)
            {
                _quotas.Admit(now, job);
                _open.Add(job);
                _came.Add((job, day));
            }
        }

        private bool Daily(JobView job, DateTime day) => Reached(job, _came.Where(came => came.Day == day).Select(came => came.Job), limits => limits.Daily);

        private bool Open(JobView job) => Reached(job, _open, limits => limits.Concurrent);

        private bool Reached(JobView job, IEnumerable<JobView> jobs, Func<TenantQuota, int?> limit)
        {
            var tier = _tiers.FirstOrDefault(tier => tier.Name == job.Tier) ?? new TierOptions();
            var mine = jobs.Where(other => other.Tenant == job.Tenant && other.Tier != "ops").ToList();
            return mine.Count(other => other.Tier == job.Tier) >= (limit(new(tier.DailyQuota, tier.Concurrent)) ?? int.MaxValue)
                || mine.Count >= (limit(_options.Tenants.GetValueOrDefault(job.Tenant, new(_options.Daily, _options.Concurrent))) ?? int.MaxValue);
        }

        private int? Limit(int most) => _random.NextInt(4) == 0 ? null : 1 + _random.NextInt(most);
    }
}
