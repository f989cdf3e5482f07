using LoadLab.Core;
using LoadLab.Engine.Guards;

namespace LoadLab.Engine.NBomber.Tests;

/// <summary>What is of this engine alone.</summary>
public sealed class NBomberEngineTests
{
    private static readonly TimeSpan s_quick = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task More_calls_in_flight_than_copies_wait_for_one_and_are_late_not_lost()
    {
        using var playing = new Playing { MostCopies = 2 };
        var target = new PlannedTarget(_ => TimeSpan.FromMilliseconds(100));
        var summary = await playing.RunAsync("nbomber", target, 12, 1000);

        // Six rounds of two: the last pair cannot start before five rounds are over.
        Assert.Equal((12, 2), (summary.Count(Outcome.Completed), target.MostAtOnce));
        Assert.Contains("calls waited for one of NBomber's 2 copies", playing.Trouble, StringComparison.Ordinal);
        Assert.True(summary.Quality.LatenessMaxMs > 400, $"{summary.Quality.LatenessMaxMs} ms");
        Assert.All(playing.Rows, row => Assert.Equal(row.Completed - row.Intended, row.Latency));
    }

    [Fact]
    public async Task A_call_that_no_copy_took_before_the_drain_was_over_was_never_sent()
    {
        var guard = new GuardOptions { Drain = new DrainOptions { Max = Duration.FromSeconds(8) } };
        using var playing = new Playing { MostCopies = 2, Options = new PlayOptions { Guard = guard } };
        var summary = await playing.RunAsync("nbomber", new PlannedTarget(_ => null), 6, 1000);

        Assert.Equal((2, 6), (summary.Sent, summary.Count(Outcome.Unfinished)));
        Assert.All(playing.Rows, row => Assert.Equal("drain:cancelled", row.Reason));
    }

    [Fact]
    public async Task Its_reports_lie_in_their_own_folder()
    {
        using var playing = new Playing();
        await playing.RunAsync("nbomber", new PlannedTarget(_ => s_quick), 10, 100);

        Assert.All(["html", "csv", "md", "txt"], kind => Assert.True(File.Exists(Path.Combine(playing.ReportFolder, $"nbomber.{kind}")), kind));
    }
}
