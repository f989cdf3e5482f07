using LoadLab.Core.Input;

namespace LoadLab.Workload.Tests;

public sealed class TraceReplayTests : IDisposable
{
    private static readonly TargetDefaults s_nano = new("nano", 160, 96, 9, 8);
    private readonly TraceFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Intended_times_are_the_traces_times_offset_and_scaled()
    {
        var path = _files.Write("arrival_s\n9.9999999\n10\n10.0000001\n12.3456789\n12.3456789\n19.9999999\n20\n");
        Assert.Equal([0, 100, 2_345_678_900, 2_345_678_900, 9_999_999_900], Times(path, "window: 10s..20s"));
        Assert.Equal([0, 10, 234_567_890, 234_567_890, 999_999_990], Times(path, "window: 10s..20s, timeScale: 0.1"));
        Assert.Equal([0, 250, 5_864_197_250, 5_864_197_250, 24_999_999_750], Times(path, "window: 10s..20s, timeScale: 2.5"));
    }

    [Fact]
    public void Replay_tells_what_was_done_to_the_trace()
    {
        var path = _files.Write("arrival_s\n0\n3.5\n");
        Assert.Equal("trace-0.csv (loadlab), 0 to 3.5 s, time x 0.25, 50% of the arrivals, jobs from the mix", Bind(path, "window: 0..3500ms, timeScale: 0.25, rateScale: 0.5").Trace!.Describe());
    }

    [Fact]
    public void Without_a_window_the_whole_trace_is_played()
    {
        var path = _files.Write("arrival_s\n0\n3.5\n");
        var options = Bind(path, "timeScale: 1");
        Assert.Equal(4, options.Length.Seconds);
        Assert.Equal([0, 3_500_000_000], Scheduler.Build(options, s_nano).Calls.Select(call => call.Intended.Nanoseconds));
    }

    [Fact]
    public void Duration_cuts_the_trace_short()
    {
        var path = _files.Write("arrival_s\n0\n3.5\n9\n");
        var options = Repository.Bind($"name: t\nworkload: {{ duration: 2s, trace: {{ file: {path}, timeScale: 0.5 }} }}\n");
        Assert.Equal(2, options.Length.Seconds);
        Assert.Equal(2, Scheduler.Build(options, s_nano).Calls.Count);
    }

    [Fact]
    public void Thinning_keeps_the_asked_share_and_the_same_rows_for_one_seed()
    {
        var path = _files.Write("arrival_s\n" + string.Concat(Enumerable.Range(0, 40_000).Select(i => $"{i}\n")));
        var kept = Times(path, "rateScale: 0.3");

        // Four standard errors: 4 sqrt(0.3 x 0.7 / 40000) = 0.009.
        Assert.Equal(0.3, kept.Length / 40_000.0, 0.009);
        Assert.Equal(kept, Times(path, "rateScale: 0.3"));
        Assert.All(kept, time => Assert.Equal(0, time % 1_000_000_000));
        Assert.Superset(kept.ToHashSet(), Times(path, "rateScale: 0.6").ToHashSet());
    }

    [Fact]
    public void Jobs_come_from_the_mix_unless_the_trace_is_asked()
    {
        var path = _files.Write("arrival_s,width,height,frames,steps,tier,tenant,model,prompt\n1,320,192,17,4,vip,acme,big,a tall ship\n2,,,,,,,,\n");
        var mixed = Build(path, "shapes: mix");
        Assert.Equal((160, 96, 9, 8, "free", "nano"), (mixed.Calls[0].Width, mixed.Calls[0].Height, mixed.Calls[0].Frames, mixed.Calls[0].Steps, mixed.Calls[0].Tier, mixed.Calls[0].Model));

        var traced = Build(path, "shapes: trace");
        Assert.Equal((320, 192, 17, 4, "vip", "big"), (traced.Calls[0].Width, traced.Calls[0].Height, traced.Calls[0].Frames, traced.Calls[0].Steps, traced.Calls[0].Tier, traced.Calls[0].Model));
        Assert.Equal("a tall ship", traced.PromptOf(traced.Calls[0]));
        Assert.Equal(PromptBook.Hash("a tall ship"), traced.Calls[0].PromptHash);
        Assert.Equal((160, 96, 9, 8, "free", "nano"), (traced.Calls[1].Width, traced.Calls[1].Height, traced.Calls[1].Frames, traced.Calls[1].Steps, traced.Calls[1].Tier, traced.Calls[1].Model));
    }

    [Theory]
    [InlineData("shapes: trace", "says nothing of a job's shape")]
    [InlineData("window: 5m..6m", "holds no arrival")]
    [InlineData("rateScale: 1.01", "a trace can be thinned, not multiplied")]
    public void Replay_that_cannot_be_is_refused(string options, string told)
    {
        var path = _files.Write("arrival_s,ContextTokens,GeneratedTokens\n0,1,2\n1,3,4\n");
        var thrown = Assert.Throws<InputException>(() => Bind(path, options));
        Assert.Contains(told, Assert.Single(thrown.Problems).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Shared_azure_trace_is_replayed_to_the_nanosecond()
    {
        var path = Repository.Shared("traces", "azure-llm-2023-conv.csv.gz");
        var lines = Core.Runs.GzipText.Read(path, 1 << 26).Split('\n');
        var expected = lines.Skip(1).Where(line => line.Length > 0).Select(line => decimal.Parse(line.Split(',')[0], System.Globalization.CultureInfo.InvariantCulture))
            .Where(seconds => seconds < 600).Select(seconds => (long)Math.Round(seconds * 0.1m * 1_000_000_000m)).ToArray();

        Assert.Equal(expected, Times(path, "window: 0..10m, timeScale: 0.1"));
        Assert.Equal(2867, expected.Length);
    }

    private static long[] Times(string path, string options) => [.. Build(path, options).Calls.Select(call => call.Intended.Nanoseconds)];

    private static Schedule Build(string path, string options) => Scheduler.Build(Bind(path, options), s_nano);

    private static WorkloadOptions Bind(string path, string options) =>
        Repository.Bind($"name: t\nseed: 5\nworkload:\n  trace: {{ file: {path}, {options} }}\n  jobs: [ {{ tier: free }} ]\n");
}
