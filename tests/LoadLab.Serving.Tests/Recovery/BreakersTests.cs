using LoadLab.Core;
using LoadLab.Serving.Recovery;

namespace LoadLab.Serving.Tests.Recovery;

public class BreakersTests
{
    private static readonly ModelId s_nano = new("nano");
    private static readonly ModelId s_pico = new("pico");

    [Fact]
    public void One_models_failures_leave_the_others_alone()
    {
        var breakers = new Breakers(new() { BreakerFailures = 1 });
        breakers.Failure(s_nano, Instant.Zero, "error");
        Assert.Equal((false, true), (breakers.Lets(s_nano, Instant.Zero), breakers.Lets(s_pico, Instant.Zero)));
        Assert.Equal((BreakerState.Open, BreakerState.Closed), (breakers.StateAt(s_nano, Instant.Zero), breakers.StateAt(s_pico, Instant.Zero)));
        Assert.Equal((30, 0), (breakers.RetryAfter(s_nano, Instant.Zero).Seconds, breakers.RetryAfter(s_pico, Instant.Zero).Seconds));
        Assert.Equal((false, true), (breakers.TakesTrial(s_nano, Instant.Zero), breakers.TakesTrial(s_pico, Instant.Zero)));

        Assert.True(breakers.TakesTrial(s_nano, Instant.FromSeconds(30)));
        breakers.Success(s_nano, Instant.FromSeconds(31));
        Assert.True(breakers.Lets(s_nano, Instant.FromSeconds(31)));
    }

    [Theory]
    [InlineData("error", false)]
    [InlineData("crashed", false)]
    [InlineData("replica-lost", false)]
    [InlineData("load-failed", false)]
    [InlineData("cancelled", true)]
    [InlineData("out-of-memory", true)]
    [InlineData("shutdown", true)]
    public void Only_faults_open_a_breaker(string cause, bool lets)
    {
        var breakers = new Breakers(new() { BreakerFailures = 2 });
        breakers.Failure(s_nano, Instant.Zero, cause);
        breakers.Failure(s_nano, Instant.Zero, cause);
        Assert.Equal(lets, breakers.Lets(s_nano, Instant.Zero));
    }

    [Fact]
    public void Trial_that_its_client_gave_up_is_followed_by_another()
    {
        var breakers = new Breakers(new() { BreakerFailures = 1 });
        breakers.Failure(s_nano, Instant.Zero, "error");
        Assert.True(breakers.TakesTrial(s_nano, Instant.FromSeconds(30)));
        Assert.False(breakers.TakesTrial(s_nano, Instant.FromSeconds(31)));
        breakers.Failure(s_nano, Instant.FromSeconds(32), "cancelled");
        Assert.True(breakers.TakesTrial(s_nano, Instant.FromSeconds(33)));
    }

    [Fact]
    public void Success_forgets_what_failed_before()
    {
        var breakers = new Breakers(new() { BreakerFailures = 2 });
        breakers.Failure(s_nano, Instant.Zero, "error");
        breakers.Success(s_nano, Instant.Zero);
        breakers.Failure(s_nano, Instant.Zero, "error");
        Assert.True(breakers.Lets(s_nano, Instant.Zero));
        breakers.Failure(s_nano, Instant.Zero, "error");
        Assert.False(breakers.Lets(s_nano, Instant.Zero));
    }
}
