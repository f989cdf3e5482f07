using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Serving.Admission;
using LoadLab.Serving.Priority;

namespace LoadLab.Serving.Tests.Priority;

public class TierOptionsTests
{
    [Fact]
    public void Tiers_are_read_in_the_scenarios_order()
    {
        var tiers = Yaml.Bind(
            """
            serving:
              tiers:
                vip: { priority: 0, maxWait: 5s, replicas: 1 }
                free: { priority: 1, maxWait: 30s, dailyQuota: 500, concurrent: 10, night: { from: 22:00, to: 06:00, dayReplicas: 1 } }
                ops: { emergency: true, replicas: 2 }
            """,
            TierOptions.BindAll);
        Assert.Equal(
            [
                new TierOptions { Name = "vip", MaxWait = Duration.FromSeconds(5), Replicas = 1 },
                new TierOptions
                {
                    Name = "free", Priority = 1, MaxWait = Duration.FromSeconds(30), DailyQuota = 500, Concurrent = 10,
                    Night = new NightHours { FromSecond = 79_200, ToSecond = 21_600, DayReplicas = 1 },
                },
                new TierOptions { Name = "ops", Emergency = true, Replicas = 2 },
            ],
            tiers);
    }

    [Fact]
    public void Absent_or_empty_tiers_are_none()
    {
        Assert.Empty(Yaml.Bind("serving: {}", TierOptions.BindAll));
        Assert.Empty(Yaml.Bind("serving: { tiers: {} }", TierOptions.BindAll));
    }

    [Fact]
    public void Every_mistake_is_told_with_its_line()
    {
        var (tiers, problems) = Yaml.Try(
            """
            serving:
              tiers:
                vip: first
                free:
                  priority: -1
                  maxWait: 0s
                  dailyQuota: many
                  concurent: 3
                  night: { from: 25:00, to: 06:00 }
                slow:
                  night: { from: 22:00 }
                odd:
                  night:
                    from: 06:00
                    to: 06:00
                "": { priority: 1 }
            """,
            TierOptions.BindAll);
        Assert.Equal(
            [
                (3, "serving.tiers.vip"), (5, "serving.tiers.free.priority"), (6, "serving.tiers.free.maxWait"), (7, "serving.tiers.free.dailyQuota"), (8, "serving.tiers.free.concurent"),
                (9, "serving.tiers.free.night.from"), (11, "serving.tiers.slow.night.to"), (15, "serving.tiers.odd.night.to"), (16, "serving.tiers."),
            ],
            problems.Select(problem => (problem.Line, problem.Field)).Order());
        Assert.All(problems, problem => Assert.NotEmpty(problem.Fix));
        Assert.Equal(["free", "slow", "odd"], tiers.Select(tier => tier.Name));
    }

    [Fact]
    public void Emergency_tier_takes_no_limit()
    {
        var (_, problems) = Yaml.Try(
            """
            serving:
              tiers:
                ops:
                  emergency: true
                  priority: 0
                  maxWait: 5s
                  dailyQuota: 5
                  concurrent: 1
                  night: { from: 22:00, to: 06:00 }
            """,
            TierOptions.BindAll);
        Assert.Equal([5, 6, 7, 8, 9], problems.Select(problem => problem.Line).Order());
        Assert.All(problems, problem => Assert.StartsWith("has no meaning", problem.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Tier_65_is_refused_at_its_line()
    {
        var many = string.Concat(Enumerable.Range(1, 66).Select(number => $"    t{number}: {{ priority: {number} }}\n"));
        var (tiers, problems) = Yaml.Try($"serving:\n  tiers:\n{many}", TierOptions.BindAll);
        Assert.Equal(64, tiers.Count);
        Assert.Equal((67, "serving.tiers.t65"), (Assert.Single(problems).Line, problems[0].Field));
    }

    [Fact]
    public void Example_of_the_documentation_is_read()
    {
        var text = File.ReadAllText(Checkout.At("docs", "serving", "tiers.md")).Split("```yaml")[1].Split("```")[0];
        var (tiers, admission, fairness) = Yaml.Bind(text, serving => (TierOptions.BindAll(serving), AdmissionOptions.Bind(serving), FairnessOptions.Bind(serving)));
        Assert.Equal(["vip", "free", "ops"], tiers.Select(tier => tier.Name));
        Assert.Equal(new TenantQuota(5000, null), admission.Tenants["acme"]);
        Assert.True(admission.EarlyRefusal && fairness.ByTenant);
    }
}
