using LoadLab.Core;
using NBomber.CSharp;

namespace LoadLab.Engine.NBomber.Tests;

/// <summary>What only a stand-in lets a test see or do.</summary>
public sealed class StandInTests
{
    [Fact]
    public async Task Each_call_is_one_step_and_one_iteration_and_nothing_else_is()
    {
        using var playing = new Playing { MostCopies = 20 };
        await playing.RunAsync("nbomber", new PlannedTarget(_ => TimeSpan.FromMilliseconds(20)), 120, 200);

        Assert.Equal((120, 120), StandInSession.Ended[playing.ReportFolder]);
    }

    [Fact]
    public async Task NBomber_ending_before_its_schedule_fails_the_run_and_keeps_the_rows()
    {
        using var playing = new Playing { License = "leave", MostCopies = 2 };
        var thrown = await Assert.ThrowsAsync<LoadEngineException>(() => playing.RunAsync("nbomber", new PlannedTarget(_ => TimeSpan.FromMilliseconds(20)), 40, 1));

        Assert.Equal("NBomber ended before the schedule did", thrown.Message);
        Assert.Equal(40, playing.Rows.Count);
        Assert.Contains(playing.Rows, row => row.Outcome == Outcome.Unfinished);
    }

    [Fact]
    public async Task A_licence_that_is_refused_is_one_line_and_nothing_is_sent()
    {
        using var playing = new Playing { License = "refused" };
        var thrown = await Assert.ThrowsAsync<LoadEngineException>(() => playing.RunAsync("nbomber", new PlannedTarget(_ => TimeSpan.FromMilliseconds(20)), 10, 100));

        Assert.DoesNotContain('\n', thrown.Message);
        Assert.StartsWith("NBomber failed: ", thrown.Message, StringComparison.Ordinal);
        Assert.Empty(playing.Rows);
    }
}
