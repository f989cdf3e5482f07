using LoadLab.Core;
using LoadLab.Serving.Loading;

namespace LoadLab.Serving.Tests.Loading;

public class LoadingOptionsTests
{
    [Theory]
    [InlineData("preload: false", null, null, null)]
    [InlineData("loading: {}", null, null, null)]
    [InlineData("loading: { mode: lazy }", false, null, null)]
    [InlineData("loading: { mode: preload, unloadAfter: 10m }", true, null, 600.0)]
    [InlineData("loading: { mode: keep-warm }", true, 60.0, null)]
    [InlineData("loading: { mode: keep-warm, pingEvery: 20s, unloadAfter: 10m }", true, 20.0, 600.0)]
    [InlineData("preload: false\nloading: { mode: lazy }", false, null, null)]
    [InlineData("preload: true\nloading: { unloadAfter: 5m }", null, null, 300.0)]
    public void Mode_says_whether_to_preload_and_what_keeps_warm(string serving, bool? preload, double? pingEvery, double? unloadAfter)
    {
        var (options, implied) = ServingKey.Good(serving, LoadingOptions.Bind);
        Assert.Equal((preload, pingEvery, unloadAfter), (implied, options.PingEvery?.Seconds, options.UnloadAfter?.Seconds));
    }

    [Theory]
    [InlineData("loading: { mode: eager }", "1 serving.loading.mode is not known")]
    [InlineData("loading: { pingEvery: 5s }", "1 serving.loading.pingEvery is for mode keep-warm alone")]
    [InlineData("loading: { mode: lazy, pingEvery: 5s }", "1 serving.loading.pingEvery is for mode keep-warm alone")]
    [InlineData("loading: { mode: keep-warm, pingEvery: 0s }", "1 serving.loading.pingEvery is not a duration of at least 1ms")]
    [InlineData("loading: { mode: keep-warm, unloadAfter: 60s }", "1 serving.loading.unloadAfter unloads before the first ping, after 60s")]
    [InlineData("preload: true\nloading: { mode: lazy }", "1 serving.preload contradicts serving.loading.mode")]
    [InlineData("preload: false\nloading: { mode: keep-warm }", "1 serving.preload contradicts serving.loading.mode")]
    [InlineData("loading: { mode: lazy, unload: 5m }", "1 serving.loading.unload is not a known field")]
    public void What_makes_no_sense_is_refused(string serving, string problem) => Assert.Equal([problem], ServingKey.Bad(serving, LoadingOptions.Bind));
}
