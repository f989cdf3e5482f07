using LoadLab.Core;
using LoadLab.Engine;
using Spectre.Console;

namespace LoadLab.Cli.Tests;

public sealed class LiveViewTests
{
    private static readonly PlaySnapshot s_play = new()
    {
        Now = Instant.FromSeconds(83.4), LastIntended = Instant.FromSeconds(600), Planned = 12_000, Sent = 1_668, Completed = 1_600, Rejected = 8, Failed = 3,
        LatenessP50Ms = 0.01234, LatenessP99Ms = 0.456, RecentLatencyP50S = 1.23456, RecentLatencyP95S = 12.34, Spend = new Usd(1.256m),
    };

    [Fact]
    public void Line_holds_every_figure() => Assert.Equal(
        "time 1:23 · about 8:38 left · calls 12,000 planned · 1,668 sent · 57 in flight · 1,600 completed · 8 rejected · 3 failed · lateness p50 0.0123 ms · p99 0.456 ms · "
        + "latency of the last minute p50 1.23 s · p95 12.3 s · gpu 83 % · spent $1.26",
        LiveView.Line(s_play, new LiveUtilisation("gpu", 0.834)));

    [Fact]
    public void Line_before_the_first_call_says_what_is_not_known() => Assert.Equal(
        "time 0:00 · end not known yet · calls 3 planned · 0 sent · 0 in flight · 0 completed · 0 rejected · 0 failed · lateness p50 - · p99 - · latency of the last minute p50 - · p95 -",
        LiveView.Line(new PlaySnapshot { Now = Instant.FromSeconds(-2), Planned = 3, Sent = 0, Completed = 0 }, null));

    [Fact]
    public void Block_has_a_row_for_each_subject()
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(text), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = 120;
        console.Write(LiveView.Block(s_play, new LiveUtilisation("client cpu", 0.05)));
        Assert.Equal(
            """
            time                        1:23 · about 8:38 left
            calls                       12,000 planned · 1,668 sent · 57 in flight · 1,600 completed · 8 rejected · 3 failed
            lateness                    p50 0.0123 ms · p99 0.456 ms
            latency of the last minute  p50 1.23 s · p95 12.3 s
            client cpu                  5 %
            spent                       $1.26
            """,
            string.Join('\n', text.ToString().Split('\n').Select(line => line.TrimEnd())).TrimEnd());
    }

    [Fact]
    public void Time_left_follows_the_pace_where_nothing_is_due_by_the_clock()
    {
        Assert.Equal(300, LiveView.SecondsLeft(s_play with { LastIntended = null, Now = Instant.FromSeconds(100), Planned = 400, Sent = 110, Completed = 100, Rejected = 0, Failed = 0 })!.Value, 1e-9);
        Assert.Equal(0, LiveView.SecondsLeft(s_play with { Planned = 1_611, Sent = 1_611 }));
        Assert.Equal(1.23456, LiveView.SecondsLeft(s_play with { Now = Instant.FromSeconds(700) }));
    }

    [Fact]
    public void Elsewhere_than_on_a_terminal_the_last_line_is_always_written()
    {
        using var text = new StringWriter { NewLine = "\n" };
        LiveView.Start(new Still(s_play), text, terminal: false, () => null).Dispose();
        Assert.Equal(LiveView.Line(s_play, null) + "\n", text.ToString());
    }

    [Fact]
    public void On_a_terminal_the_block_stands_with_its_last_figures()
    {
        using var text = new StringWriter();
        LiveView.Start(new Still(s_play), text, terminal: true, () => null).Dispose();
        Assert.Contains("1,668 sent", text.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[3", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Writer_that_is_closed_does_not_end_the_run() => LiveView.Start(new Still(s_play), new Broken(), terminal: false, () => null).Dispose();

    private sealed class Still(PlaySnapshot play) : IPlayProgress
    {
        public PlaySnapshot Snapshot() => play;
    }

    private sealed class Broken : StringWriter
    {
        public override void WriteLine(string? value) => throw new IOException("closed");
    }
}
