using LoadLab.Core;
using LoadLab.Serving.Recovery;

namespace LoadLab.Serving.Tests.Recovery;

public class RetryPolicyTests
{
    private static readonly RecoveryOptions s_options = new() { Retries = 3 };
    private static readonly Instant s_now = Instant.FromSeconds(100);

    [Fact]
    public void Job_that_fails_every_time_runs_four_times_and_is_then_a_dead_letter()
    {
        var policy = new RetryPolicy(s_options with { Jitter = 0 }, new(42));
        Assert.Equal(new RetryDecision(true, Instant.FromSeconds(11), false, "error"), policy.Decide(Instant.FromSeconds(10), new(7), 1, "error", 1));
        Assert.Equal(new RetryDecision(true, Instant.FromSeconds(22), false, "error"), policy.Decide(Instant.FromSeconds(20), new(7), 2, "error", 1));
        Assert.Equal(new RetryDecision(true, Instant.FromSeconds(34), false, "crashed"), policy.Decide(Instant.FromSeconds(30), new(7), 3, "crashed", 1));
        Assert.Equal(new RetryDecision(false, Instant.FromSeconds(40), false, "error"), policy.Decide(Instant.FromSeconds(40), new(7), 4, "error", 1));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(5, 16)]
    [InlineData(6, 30)]
    [InlineData(10, 30)]
    public void Backoff_doubles_up_to_its_bound(int attempts, double seconds)
    {
        var policy = new RetryPolicy(s_options with { Retries = 10, Jitter = 0 }, new(42));
        Assert.Equal(Duration.FromSeconds(seconds), policy.Decide(s_now, new(1), attempts, "error", 1).At - s_now);
    }

    [Fact]
    public void Longest_backoff_there_is_doubles_without_overflow()
    {
        var day = Duration.FromSeconds(86400);
        var policy = new RetryPolicy(s_options with { Retries = 10, Backoff = day, MaxBackoff = day, Jitter = 0 }, new(42));
        Assert.Equal(day, policy.Decide(s_now, new(1), 10, "error", 1).At - s_now);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(0.1)]
    public void Wait_of_a_thousand_attempts_lies_within_its_bounds_and_fills_them(double jitter)
    {
        var policy = new RetryPolicy(s_options with { Retries = 10, Jitter = jitter }, new(42));
        var shares = new List<double>();
        for (var job = 0; job < 100; job++)
        {
            for (var attempt = 1; attempt <= 10; attempt++)
            {
                var longest = Math.Min(Math.Pow(2, attempt - 1), 30);
                var wait = (policy.Decide(s_now, new(job), attempt, "error", 1).At - s_now).Seconds;
                Assert.InRange(wait, longest * (1 - jitter), longest);
                shares.Add((1 - (wait / longest)) / jitter);
            }
        }

        // Uniform: mean 1/2 with a standard error of 0.0091, and no two alike.
        Assert.InRange(shares.Average(), 0.46, 0.54);
        Assert.InRange(shares.Count(share => share < 0.1), 60, 140);
        Assert.True(shares.Distinct().Count() > 990);
    }

    [Fact]
    public void Wait_depends_on_seed_job_and_attempt_alone()
    {
        static Instant At(ulong seed, long job, int attempts, long askedBefore)
        {
            var policy = new RetryPolicy(new() { Retries = 10, MaxBackoff = Duration.FromSeconds(1) }, new(seed));
            for (var other = 0; other < askedBefore; other++)
            {
                policy.Decide(s_now, new(other), 1, "error", 4);
            }

            return policy.Decide(s_now, new(job), attempts, "error", 1).At;
        }

        var one = At(42, 7, 2, 0);
        Assert.Equal(one, At(42, 7, 2, 50));
        Assert.NotEqual(one, At(43, 7, 2, 0));
        Assert.NotEqual(one, At(42, 8, 2, 0));
        Assert.NotEqual(one, At(42, 7, 3, 0));
    }

    [Theory]
    [InlineData("error", 4, true)]
    [InlineData("crashed", 2, true)]
    [InlineData("error", 1, false)]
    [InlineData("crashed", 1, false)]
    [InlineData("replica-lost", 4, false)]
    [InlineData("out-of-memory", 4, false)]
    [InlineData("load-failed", 4, false)]
    public void Jobs_of_a_batch_that_one_of_them_may_have_poisoned_go_on_alone(string cause, int batchSize, bool alone)
    {
        var decision = new RetryPolicy(s_options, new(42)).Decide(s_now, new(1), 1, cause, batchSize);
        Assert.Equal((true, alone, cause), (decision.Again, decision.Alone, decision.Reason));
    }

    [Theory]
    [InlineData("replica-lost", 1)]
    [InlineData("replica-lost", 4)]
    [InlineData("out-of-memory", 4)]
    public void What_was_not_the_jobs_fault_runs_again_at_once(string cause, int batchSize) =>
        Assert.Equal(new RetryDecision(true, s_now, false, cause), new RetryPolicy(s_options, new(42)).Decide(s_now, new(1), 1, cause, batchSize));

    [Theory]
    [InlineData("out-of-memory", 1)]
    [InlineData("cancelled", 4)]
    [InlineData("cancelled", 1)]
    [InlineData("shutdown", 4)]
    public void What_will_not_be_better_next_time_ends_here(string cause, int batchSize) =>
        Assert.Equal(new RetryDecision(false, s_now, false, cause), new RetryPolicy(s_options with { Retries = 10 }, new(42)).Decide(s_now, new(1), 1, cause, batchSize));

    [Fact]
    public void No_job_is_run_beyond_its_budget_whatever_happens_to_it()
    {
        string[] causes = ["error", "crashed", "replica-lost", "out-of-memory", "load-failed", "cancelled", "shutdown", "no-such-cause"];
        var chance = new Seed(1).Stream("causes");
        for (var job = 0; job < 2000; job++)
        {
            var retries = chance.NextInt(11);
            var policy = new RetryPolicy(s_options with { Retries = retries }, new(42));
            var attempts = 1;
            var now = Instant.Zero;
            for (RetryDecision decision; (decision = policy.Decide(now, new(job), attempts, causes[chance.NextInt(causes.Length)], 1 + chance.NextInt(8))).Again; attempts++)
            {
                Assert.InRange((decision.At - now).Seconds, 0, 30);
                now = decision.At;
            }

            Assert.InRange(attempts, 1, 1 + retries);
        }
    }

    [Fact]
    public void Without_retries_the_first_failure_is_the_last() =>
        Assert.All(["error", "replica-lost", "out-of-memory"], cause => Assert.False(new RetryPolicy(new(), new(42)).Decide(s_now, new(1), 1, cause, 4).Again));
}
