using LoadLab.Core;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Priority;

namespace LoadLab.Serving.Tests.Stories;

public class TierStories
{
    private static readonly ServingOptions s_two = RuleStory.Serving with
    {
        Tiers = [new() { Name = "vip", Priority = 0 }, new() { Name = "free", Priority = 1, MaxWait = Duration.FromSeconds(30) }],
    };

    [Fact]
    public void Vip_jumps_the_queue()
    {
        using var story = new Story(s_two).Warm();
        story.Ask(0, 0, "free");
        story.Ask(1, 1, "free");
        story.Ask(2, 2, "vip");
        Assert.Equal(["finish 0", "start r0 b1 [2]"], story.Done(10, 0, 0));
        Assert.Equal(["finish 2", "start r0 b2 [1]"], story.Done(12, 0, 1));
    }

    [Fact]
    public void Free_job_past_its_limit_is_refused_and_never_runs()
    {
        using var story = new Story(s_two).Warm();
        story.Ask(0, 0, "free");
        Assert.Equal(["admit 1"], story.Ask(1, 1, "free"));
        Assert.Equal(["timer expire 2 at 31: expire"], story.Tick(30, 1, "expire"));
        Assert.Equal(["reject 1: expired"], story.Tick(31, 2, "expire"));
        Assert.Equal(["finish 0"], story.Done(40, 0, 0));
    }

    [Fact]
    public void Ageing_lets_an_old_free_job_before_a_young_vip()
    {
        using var story = new Story(s_two with { Ageing = Duration.FromSeconds(10), Tiers = [.. s_two.Tiers.Select(tier => tier with { MaxWait = null })] }).Warm();
        story.Ask(0, 0, "free");
        story.Ask(1, 1, "free");
        story.Ask(10, 2, "vip");
        story.Ask(20, 3, "vip");
        Assert.Equal("start r0 b1 [2]", story.Done(21, 0, 0)[^1]);
        Assert.Equal("start r0 b2 [1]", story.Done(22, 0, 1)[^1]);
        Assert.Equal("start r0 b3 [3]", story.Done(23, 0, 2)[^1]);
    }

    [Fact]
    public void Owned_replica_stays_free_for_its_tier()
    {
        var owns = s_two with { Tiers = [s_two.Tiers[0] with { Replicas = 1 }, s_two.Tiers[1]] };
        using var story = new Story(owns, new AutoscalerOptions { Replicas = 2 }).Warm(replicas: 2);
        Assert.Equal("start r1 b0 [0]", story.Ask(0, 0, "free")[^1]);
        Assert.DoesNotContain(story.Ask(1, 1, "free"), line => line.StartsWith("start", StringComparison.Ordinal));
        Assert.Equal("start r0 b1 [2]", story.Ask(2, 2, "vip")[^1]);
    }

    [Fact]
    public void Emergency_passes_a_full_queue_and_goes_first()
    {
        using var story = new Story(s_two with { QueueLimit = 0, Tiers = [.. s_two.Tiers, new() { Name = "ops", Emergency = true }] }).Warm();
        story.Ask(0, 0, "vip");
        Assert.Equal(["refuse 1: 429"], story.Ask(1, 1, "vip"));
        Assert.Equal(["admit 2"], story.Ask(1, 2, "ops"));
        Assert.Equal(["finish 0", "start r0 b1 [2]"], story.Done(5, 0, 0));
    }

    [Fact]
    public void Daily_quota_of_a_tenant_ends_at_midnight()
    {
        var quota = s_two with
        {
            Tiers = [new() { Name = "free", DailyQuota = 1 }],
            Calendar = new Calendar(new DateTimeOffset(2026, 1, 5, 23, 59, 0, TimeSpan.Zero), 1),
        };
        using var story = new Story(quota).Warm();
        Assert.Equal("admit 0", story.Ask(0, 0, "free", "acme")[0]);
        Assert.Equal(["refuse 1: quota-daily"], story.Ask(1, 1, "free", "acme"));
        Assert.Equal(Duration.FromSeconds(59), Assert.IsType<Decision.Refuse>(story.Last[0]).RetryAfter);
        Assert.Equal("admit 2", story.Ask(2, 2, "free", "other")[0]);
        Assert.Equal("admit 3", story.Ask(61, 3, "free", "acme")[0]);
    }

    [Fact]
    public void Fair_share_serves_the_quiet_tenant_before_the_backlog_of_the_loud_one()
    {
        using var story = new Story(RuleStory.Serving with { Fairness = new() { ByTenant = true } }).Warm();
        for (var job = 0; job < 4; job++)
        {
            story.Ask(0, job, "", "loud");
        }

        story.Ask(1, 4, "", "quiet");
        Assert.Equal("start r0 b1 [4]", story.Done(2, 0, 0)[^1]);
        Assert.Equal("start r0 b2 [1]", story.Done(3, 0, 1)[^1]);
    }

    [Fact]
    public void Night_tier_waits_for_the_night()
    {
        var night = RuleStory.Serving with
        {
            Tiers = [new() { Name = "free", Night = new() { FromSecond = 22 * 3600, ToSecond = 6 * 3600 } }],
            Calendar = new Calendar(new DateTimeOffset(2026, 1, 5, 21, 59, 50, TimeSpan.Zero), 1),
        };
        using var story = new Story(night).Warm();
        Assert.Equal(["admit 0", "timer dispatch 1 at 10: night"], story.Ask(0, 0, "free"));
        Assert.Equal(["start r0 b0 [0]"], story.Tick(10, 1, "dispatch"));
    }

    [Fact]
    public void Late_job_is_refused_at_once_once_service_times_are_known()
    {
        using var story = new Story(s_two with { Admission = new() { EarlyRefusal = true } }).Warm();
        story.Ask(0, 0, "free");
        story.Done(20, 0, 0);
        Assert.Equal("start r0 b1 [1]", story.Ask(20, 1, "free")[1]);
        Assert.Equal("admit 2", story.Ask(20, 2, "free")[0]);
        Assert.Equal(["refuse 3: overload"], story.Ask(21, 3, "free"));
        Assert.Equal(Duration.FromSeconds(10), Assert.IsType<Decision.Refuse>(story.Last[0]).RetryAfter);
        Assert.Equal(["refuse 4: overload"], story.Ask(21, 4, "vip", deadline: 30));
    }
}
