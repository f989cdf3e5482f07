using LoadLab.Core;
using LoadLab.Serving.Recovery;

namespace LoadLab.Serving.Tests.Recovery;

public class FallbackTests
{
    private static readonly RecoveryOptions s_options = new() { FallbackModel = new("pico"), FallbackQueue = 20, FallbackWait = Duration.FromSeconds(30) };

    [Theory]
    [InlineData(0, null, false, "")]
    [InlineData(19, 29.9, false, "")]
    [InlineData(20, null, false, "fallback-queue")]
    [InlineData(19, 30.0, false, "fallback-wait")]
    [InlineData(20, 30.0, false, "fallback-queue")]
    [InlineData(0, null, true, "fallback-breaker")]
    [InlineData(20, 30.0, true, "fallback-breaker")]
    public void Lighter_model_serves_from_its_thresholds_on(int waiting, double? expectedWait, bool breakerOpen, string reason)
    {
        var lighter = new Fallback(s_options).For(new("nano"), waiting, Wait(expectedWait), breakerOpen, out var why);
        Assert.Equal((reason.Length > 0 ? "pico" : null, reason), (lighter?.Name, why));
    }

    [Fact]
    public void Without_thresholds_it_serves_only_while_the_breaker_is_open()
    {
        var fallback = new Fallback(new() { FallbackModel = new("pico") });
        Assert.Null(fallback.For(new("nano"), 1_000_000, Duration.FromSeconds(1e6), false, out _));
        Assert.Equal(new ModelId("pico"), fallback.For(new("nano"), 0, null, true, out _));
    }

    [Fact]
    public void Job_that_asked_for_the_lighter_model_gets_what_it_asked_for() =>
        Assert.Equal((null, ""), (new Fallback(s_options).For(new("pico"), 100, Wait(100), true, out var why), why));

    [Fact]
    public void Without_a_lighter_model_nothing_is_lighter() =>
        Assert.Null(new Fallback(new() { FallbackQueue = 1 }).For(new("nano"), 100, null, true, out _));

    private static Duration? Wait(double? seconds) => seconds is { } value ? Duration.FromSeconds(value) : null;
}
