using LoadLab.Core;
using LoadLab.Serving.Recovery;

namespace LoadLab.Serving.Tests.Recovery;

public class BreakerTests
{
    private static readonly RecoveryOptions s_options = new() { BreakerFailures = 3, BreakerOpen = Duration.FromSeconds(30) };

    [Fact]
    public void Three_failures_in_a_row_open_it_and_a_good_trial_closes_it()
    {
        var breaker = new Breaker(s_options);
        breaker.Failure(At(1));
        breaker.Failure(At(2));
        Expect(breaker, 2, BreakerState.Closed, lets: true, retryAfter: 0);
        breaker.Failure(At(3));
        Expect(breaker, 3, BreakerState.Open, lets: false, retryAfter: 30);
        Assert.False(breaker.TakesTrial(At(20)));
        Expect(breaker, 20, BreakerState.Open, lets: false, retryAfter: 13);

        Expect(breaker, 33, BreakerState.HalfOpen, lets: true, retryAfter: 0);
        Assert.True(breaker.TakesTrial(At(34)));
        Assert.False(breaker.TakesTrial(At(34)));
        Expect(breaker, 35, BreakerState.HalfOpen, lets: false, retryAfter: 30);
        breaker.Success(At(40));
        Expect(breaker, 40, BreakerState.Closed, lets: true, retryAfter: 0);

        // It counts from zero again.
        breaker.Failure(At(41));
        breaker.Failure(At(42));
        Expect(breaker, 42, BreakerState.Closed, lets: true, retryAfter: 0);
    }

    [Fact]
    public void Bad_trial_opens_it_for_the_whole_time_again()
    {
        var breaker = Opened(at: 10);
        Assert.True(breaker.TakesTrial(At(45)));
        breaker.Failure(At(50));
        Expect(breaker, 50, BreakerState.Open, lets: false, retryAfter: 30);
        Expect(breaker, 79.9, BreakerState.Open, lets: false, retryAfter: 0.1);
        Expect(breaker, 80, BreakerState.HalfOpen, lets: true, retryAfter: 0);
    }

    [Fact]
    public void Success_in_between_starts_the_count_again()
    {
        var breaker = new Breaker(s_options);
        for (var second = 0; second < 30; second += 3)
        {
            breaker.Failure(At(second));
            breaker.Failure(At(second + 1));
            breaker.Success(At(second + 2));
        }

        Expect(breaker, 30, BreakerState.Closed, lets: true, retryAfter: 0);
    }

    [Fact]
    public void Batches_that_started_before_it_opened_change_nothing_while_it_is_open()
    {
        var breaker = Opened(at: 10);
        breaker.Failure(At(20));
        breaker.Success(At(25));
        Expect(breaker, 39.9, BreakerState.Open, lets: false, retryAfter: 0.1);
        Expect(breaker, 40, BreakerState.HalfOpen, lets: true, retryAfter: 0);
    }

    [Fact]
    public void Trial_that_says_nothing_of_the_model_makes_room_for_another()
    {
        var breaker = Opened(at: 10);
        Assert.True(breaker.TakesTrial(At(40)));
        breaker.NoVerdict();
        Assert.True(breaker.TakesTrial(At(45)));
        Assert.False(breaker.TakesTrial(At(46)));
    }

    [Fact]
    public void Closed_breaker_lets_every_batch_start()
    {
        var breaker = new Breaker(s_options);
        Assert.True(breaker.TakesTrial(At(1)));
        Assert.True(breaker.TakesTrial(At(1)));
    }

    [Fact]
    public void Zero_failures_is_no_breaker()
    {
        var breaker = new Breaker(new());
        for (var second = 0; second < 100; second++)
        {
            breaker.Failure(At(second));
        }

        Expect(breaker, 100, BreakerState.Closed, lets: true, retryAfter: 0);
    }

    [Fact]
    public void However_it_goes_no_two_trials_run_at_once_and_it_is_never_shut_for_longer_than_its_time()
    {
        var chance = new Seed(5).Stream("breaker");
        var breaker = new Breaker(s_options);
        double? trial = null;
        double second = 0;
        for (var i = 0; i < 20_000; i++)
        {
            second += chance.NextExponential() * 3;
            var now = At(second);
            Assert.InRange(breaker.RetryAfter(now).Seconds, 0, 30);
            Assert.Equal(breaker.Lets(now), breaker.RetryAfter(now) == Duration.Zero);
            if (trial is { } end && second >= end)
            {
                trial = null;
                if (chance.NextInt(3) == 0)
                {
                    breaker.Success(now);
                }
                else
                {
                    breaker.Failure(now);
                }
            }
            else if (breaker.StateAt(now) == BreakerState.HalfOpen && breaker.TakesTrial(now))
            {
                Assert.Null(trial);
                trial = second + 10;
            }
            else if (breaker.StateAt(now) == BreakerState.Closed)
            {
                breaker.Failure(now);
            }
        }
    }

    private static Breaker Opened(double at)
    {
        var breaker = new Breaker(s_options);
        breaker.Failure(At(at - 2));
        breaker.Failure(At(at - 1));
        breaker.Failure(At(at));
        return breaker;
    }

    private static Instant At(double seconds) => Instant.FromSeconds(seconds);

    private static void Expect(Breaker breaker, double at, BreakerState state, bool lets, double retryAfter) =>
        Assert.Equal((state, lets, Duration.FromSeconds(retryAfter)), (breaker.StateAt(At(at)), breaker.Lets(At(at)), breaker.RetryAfter(At(at))));
}
