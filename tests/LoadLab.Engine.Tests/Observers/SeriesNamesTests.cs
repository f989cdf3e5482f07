using LoadLab.Engine.Observers;

namespace LoadLab.Engine.Tests.Observers;

public sealed class SeriesNamesTests
{
    [Fact]
    public void Labels_that_tell_series_apart_are_kept_in_order()
    {
        var names = new SeriesNames("gpu.util");
        Assert.Equal("gpu.util/pod=wan-0,gpu=3,Hostname=node-a,namespace=video", names.Of(Labels("__name__=x", "namespace=video", "gpu=3", "pod=wan-0", "instance=10.0.0.1:9400", "job=dcgm", "Hostname=node-a", "UUID=GPU-9", "DCGM_FI_DRIVER_VERSION=1")));
        Assert.Equal("gpu.util/instance=10.0.0.2:9400", names.Of(Labels("instance=10.0.0.2:9400", "job=x")));
        Assert.Equal("gpu.util", names.Of(Labels("job=x", "__name__=y")));
    }

    [Fact]
    public void Name_that_is_taken_gets_a_hash_and_keeps_it()
    {
        var names = new SeriesNames("queue");
        var (a, b) = (names.Of(Labels("pod=p", "UUID=1")), names.Of(Labels("pod=p", "UUID=2")));
        Assert.Equal("queue/pod=p", a);
        Assert.StartsWith("queue/pod=p,series=", b, StringComparison.Ordinal);
        Assert.Equal((a, b), (names.Of(Labels("UUID=1", "pod=p")), names.Of(Labels("pod=p", "UUID=2"))));
        Assert.Equal("queue", names.Of(Labels("job=a")));
        Assert.StartsWith("queue/series=", names.Of(Labels("job=b")), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_of_any_kind_become_plain_short_text()
    {
        var name = new SeriesNames("custom.x").Of(Labels($"a=b,\"c\n/=#{new string('z', 1000)}"))!;
        Assert.Equal("custom.x/a=b__c____" + new string('z', 40), name);
    }

    [Fact]
    public void Series_that_come_and_go_are_bounded()
    {
        var names = new SeriesNames("queue");
        Assert.Equal(SeriesNames.Most, Enumerable.Range(0, 2000).Count(i => names.Of(Labels($"pod=p{i}")) is not null));
        Assert.Equal("queue/pod=p5", names.Of(Labels("pod=p5")));
    }

    private static List<KeyValuePair<string, string>> Labels(params string[] pairs) => [.. pairs.Select(pair => pair.Split('=', 2)).Select(pair => new KeyValuePair<string, string>(pair[0], pair[1]))];
}
