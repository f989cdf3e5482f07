using LoadLab.Core;
using LoadLab.Serving.Recovery;

namespace LoadLab.Serving.Tests.Recovery;

public class RecoveryOptionsTests
{
    [Fact]
    public void Absent_key_never_tries_again()
    {
        Assert.Equal(new RecoveryOptions(), ServingKey.Good("preload: true", RecoveryOptions.Bind));
        Assert.Equal(0, new RecoveryOptions().Retries);
    }

    [Fact]
    public void Empty_key_is_the_articles_three_retries_and_no_breaker()
    {
        Assert.Equal(new RecoveryOptions { Retries = 3 }, ServingKey.Good("recovery: {}", RecoveryOptions.Bind));
    }

    [Fact]
    public void Every_field_is_read()
    {
        var options = ServingKey.Good(
            """
            recovery:
              retries: 10
              backoff: 200ms
              maxBackoff: 5s
              jitter: 0.25
              breaker: { failures: 7, open: 1m }
              replicaFailures: 4
              fallbackModel: pico
              fallbackWhen: { queue: 20, wait: 30s }
            """,
            RecoveryOptions.Bind);
        Assert.Equal(
            new RecoveryOptions
            {
                Retries = 10,
                Backoff = Duration.FromMilliseconds(200),
                MaxBackoff = Duration.FromSeconds(5),
                Jitter = 0.25,
                BreakerFailures = 7,
                BreakerOpen = Duration.FromSeconds(60),
                ReplicaFailures = 4,
                FallbackModel = new("pico"),
                FallbackQueue = 20,
                FallbackWait = Duration.FromSeconds(30),
            },
            options);
    }

    [Fact]
    public void Empty_breaker_opens_after_five_failures_for_thirty_seconds()
    {
        var options = ServingKey.Good("recovery: { breaker: {}, fallbackModel: pico }", RecoveryOptions.Bind);
        Assert.Equal((5, 30, "pico"), (options.BreakerFailures, options.BreakerOpen.Seconds, options.FallbackModel.Name));
    }

    [Fact]
    public void Every_mistake_is_told_with_its_line()
    {
        Assert.Equal(
            [
                "2 serving.recovery.retries is not a whole number from 0 to 10",
                "4 serving.recovery.maxBackoff is not a duration up to 1d",
                "5 serving.recovery.jitter is not a number from 0 to 1",
                "3 serving.recovery.backoff is longer than maxBackoff, 30s",
                "6 serving.recovery.breaker.failures is not a whole number from 1 to 1000",
                "6 serving.recovery.breaker.open is not a duration from 1ms to 1d",
                "7 serving.recovery.fallbackWhen.queue is not a whole number from 1 to 10000000",
                "7 serving.recovery.fallbackWhen.wait is not a duration of at least 1ms",
                "2 serving.recovery.fallbackModel is missing",
                "8 serving.recovery.retry is not a known field",
            ],
            ServingKey.Bad(
                """
                recovery:
                  retries: 11
                  backoff: 40s
                  maxBackoff: 2d
                  jitter: 1.5
                  breaker: { failures: 0, open: 0s }
                  fallbackWhen: { queue: 0, wait: 0s }
                  retry: 3
                """,
                RecoveryOptions.Bind));
    }

    [Theory]
    [InlineData("recovery: 3", "1 serving.recovery is not a mapping")]
    [InlineData("recovery: { fallbackModel: pico }", "1 serving.recovery.fallbackModel never serves: there is no breaker and no fallbackWhen")]
    [InlineData("recovery: { breaker: {}, fallbackModel: \"\" }", "1 serving.recovery.fallbackModel is missing")]
    [InlineData("recovery: { fallbackModel: pico, fallbackWhen: {} }", "1 serving.recovery.fallbackWhen.queue is missing")]
    [InlineData("recovery: { backoff: 40s }", "1 serving.recovery.backoff is longer than maxBackoff, 30s")]
    public void What_makes_no_sense_is_refused(string serving, string problem) => Assert.Equal([problem], ServingKey.Bad(serving, RecoveryOptions.Bind));
}
