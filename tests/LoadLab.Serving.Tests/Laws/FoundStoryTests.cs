using LoadLab.Core;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Safety;

namespace LoadLab.Serving.Tests.Laws;

/// <summary>Stories in which random ones once broke a law, told by hand.</summary>
public class FoundStoryTests
{
    private static readonly ServingOptions s_plain = new() { Model = new(Story.Model) };

    [Fact]
    public void Attempt_after_a_failed_load_is_the_second()
    {
        using var story = new Story(s_plain with { Preload = false, Recovery = new() { Retries = 2 } }).Warm(preload: false);
        story.Job(1, 0);
        story.At(2, new ServingEvent.LoadFailed(new(0), new(Story.Model), "no such file"));
        Assert.Equal(2, Assert.Single(story.Last.OfType<Decision.Retry>()).Attempt);
    }

    [Fact]
    public void Load_of_the_model_before_that_is_told_late_is_not_the_load_under_way()
    {
        using var story = new Story().Warm();
        story.Job(1, 0, "pico");
        story.At(2, new ServingEvent.ModelUnloaded(new(0), new(Story.Model)));
        Assert.Empty(story.Loaded(3, 0));
        Assert.Empty(story.At(3, new ServingEvent.LoadFailed(new(0), new(Story.Model), "late")));
        Assert.Equal(["start r0 b0 [0]"], story.Loaded(4, 0, "pico"));
    }

    [Fact]
    public void Job_past_its_longest_wait_never_runs_however_late_the_timer()
    {
        using var story = new Story(s_plain with { Tiers = [new() { Name = "free", MaxWait = Duration.FromSeconds(5) }] }).Warm();
        story.Job(1, 0);
        story.At(1, new ServingEvent.Arrived(Story.View(1, 1) with { Tier = "free" }));
        Assert.Equal(["reject 1: expired", "finish 0"], story.Done(6.001, 0, 0));
    }

    [Fact]
    public void Job_that_backs_off_past_its_longest_wait_never_runs()
    {
        var serving = s_plain with { Preload = false, Recovery = new() { Retries = 2, Backoff = Duration.FromSeconds(20), Jitter = 0 }, Tiers = [new() { Name = "free", MaxWait = Duration.FromSeconds(5) }] };
        using var story = new Story(serving).Warm(preload: false);
        story.At(1, new ServingEvent.Arrived(Story.View(0, 1) with { Tier = "free" }));
        story.At(2, new ServingEvent.LoadFailed(new(0), new(Story.Model), "no such file"));
        Assert.Empty(story.Tick(6, 1, "expire"));
        Assert.Contains("reject 0: expired", story.Tick(22, 1, "retry"));
    }

    [Fact]
    public void Lighter_model_that_no_replica_holds_serves_nobody()
    {
        var serving = s_plain with { Pipeline = new() { Text = 1, Denoise = 1, Decode = 1 }, Recovery = new() { FallbackModel = new("pico"), FallbackQueue = 1 } };
        using var story = new Story(serving);
        story.At(0, new ServingEvent.Started());
        story.Job(1, 0);
        Assert.Equal(["admit 1"], story.Job(1, 1));
    }

    [Fact]
    public void Trial_that_is_cancelled_between_two_replicas_makes_room_for_another()
    {
        var serving = s_plain with { Pipeline = new() { Text = 1, Denoise = 1, Decode = 1 }, Recovery = new() { BreakerFailures = 1, BreakerOpen = Duration.FromSeconds(10) } };
        using var story = new Story(serving).Warm();
        story.Join(0, 1);
        story.Job(1, 0);
        story.At(2, new ServingEvent.BatchFailed(new(0), new(0), "error", ""));
        Assert.Equal(["refuse 1: breaker-open"], story.Job(3, 1));
        story.Lost(3, 1);
        Assert.Contains("start r0 b1 Text [2]", story.Job(13, 2));
        story.At(14, new ServingEvent.StageDone(new(0), new(1), Stage.Text));
        story.Cancel(15, 2);
        Assert.Contains("start r0 b2 Text [3]", story.Job(16, 3));
    }

    [Fact]
    public void Job_that_joins_another_tiers_batch_by_day_uses_its_tiers_replica()
    {
        var serving = s_plain with
        {
            Batching = new() { Kind = BatchingKind.Window, Window = Duration.FromSeconds(1), MaxBatch = 2 },
            Tiers = [new() { Name = "vip" }, new() { Name = "free", Priority = 1, Night = new() { FromSecond = 22 * 3600, ToSecond = 6 * 3600, DayReplicas = 1 } }],
            Calendar = Calendar.Default with { Start = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero) },
        };
        using var story = new Story(serving, new() { Replicas = 2 }).Warm(replicas: 2);
        story.At(1, new ServingEvent.Arrived(Story.View(0, 1) with { Tier = "vip" }));
        Assert.Contains("start r0 b0 [0,1]", story.At(1, new ServingEvent.Arrived(Story.View(1, 1) with { Tier = "free" })));
        story.At(2, new ServingEvent.Arrived(Story.View(2, 2) with { Tier = "free" }));
        Assert.DoesNotContain(story.At(2, new ServingEvent.Arrived(Story.View(3, 2) with { Tier = "free" })), line => line.StartsWith("start", StringComparison.Ordinal));
        Assert.Contains("start r0 b1 [2,3]", story.Done(5, 0, 0));
    }

    [Fact]
    public void End_of_an_emergency_gives_no_place_of_the_quota_back()
    {
        using var story = new Story(s_plain with { Admission = new() { Concurrent = 1 }, Tiers = [new() { Name = "emergency", Emergency = true }] }).Warm();
        story.At(1, new ServingEvent.Arrived(Story.View(0, 1) with { Tier = "emergency", Tenant = "acme" }));
        story.At(1, new ServingEvent.Arrived(Story.View(1, 1) with { Tenant = "acme" }));
        story.Done(2, 0, 0);
        Assert.Equal(["refuse 2: quota-concurrent"], story.At(3, new ServingEvent.Arrived(Story.View(2, 3) with { Tenant = "acme" })));
    }

    [Fact]
    public void Check_of_a_clip_has_its_own_time_and_not_what_is_left_of_its_prompts()
    {
        var check = new SafetyCheck { Limit = Duration.FromSeconds(10) };
        using var story = new Story(s_plain with { Safety = new() { Before = check, After = check } }).Warm();
        story.Job(1, 0);
        story.Allow(2, 0);
        Assert.Contains("check 0 After", story.Done(8, 0, 0));
        Assert.DoesNotContain("reject 0: content-after", story.Tick(11, 1, "safety"));
        Assert.Equal(["finish 0"], story.At(12, new ServingEvent.SafetyChecked(new(0), SafetyPhase.After, true, "")));
    }

    [Fact]
    public void Replica_lost_before_it_worked_still_counts_as_wanted_at_the_next_tick()
    {
        using var story = new Story(s_plain, new() { Kind = AutoscalerKind.ArticleRule, Min = 1, Max = 3 });
        story.At(0, new ServingEvent.Started());
        story.Lost(14.5, 0, "no capacity");
        Assert.Contains("provision r1: at-min", story.Tick(15, 1));
    }
}
