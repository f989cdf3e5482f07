using LoadLab.Core;
using LoadLab.Engine.Targets;
using LoadLab.Engine.Targets.Http;
using LoadLab.Engine.Targets.Protocols;

namespace LoadLab.Engine.Tests;

/// <summary>Where between two polls a job ended, and how the service's clock is learnt.</summary>
public sealed class CompletionTimeTests
{
    private static readonly long s_second = 1_000_000_000;

    [Fact]
    public void Without_a_stamp_the_polls_bound_the_end() =>
        Assert.Equal((At(9), Duration.FromSeconds(4)), CompletionTime.Of(null, ClockMap.Learned(), At(5), At(9)));

    [Fact]
    public void A_stamp_of_an_unknown_clock_is_not_believed() =>
        Assert.Equal((At(9), Duration.FromSeconds(4)), CompletionTime.Of(new Stamp(7 * s_second, s_second), ClockMap.Learned(), At(5), At(9)));

    [Fact]
    public void An_exact_stamp_stands_for_itself() =>
        Assert.Equal((At(7), Duration.Zero), CompletionTime.Of(new Stamp(7 * s_second, 0), ClockMap.Shared(), At(5), At(9)));

    [Theory]
    [InlineData(6, 1, 7, 1)]     // inside
    [InlineData(4.5, 1, 5.5, 0.5)]   // cut by the last poll that found it on its way
    [InlineData(8.5, 1, 9, 0.5)]  // cut by the answer that told of the end
    [InlineData(2, 1, 9, 4)]     // before what the polls saw: the polls alone
    [InlineData(12, 1, 9, 4)]    // after it
    public void A_coarse_stamp_narrows_what_the_polls_left(double stamp, double resolution, double completed, double error)
    {
        var (at, width) = CompletionTime.Of(new Stamp((long)(stamp * s_second), (long)(resolution * s_second)), ClockMap.Shared(), At(5), At(9));
        Assert.Equal((At(completed), Duration.FromSeconds(error)), (at, width));
    }

    [Fact]
    public void Stamps_in_whole_seconds_teach_a_clock_to_much_less()
    {
        // The service's clock is 1000.4 s ahead and tells whole seconds; a call takes 50 ms to be answered.
        var clocks = ClockMap.Learned();
        for (var i = 0; i < 40; i++)
        {
            var sent = i * 1.037;
            clocks.Observe(At(sent), At(sent + 0.05), (long)Math.Floor(sent + 0.02 + 1000.4) * s_second, s_second);
        }

        Assert.InRange(clocks.Uncertainty.Seconds, 0.001, 0.08);
        Assert.InRange(clocks.Offset.Seconds, -1000.4 - clocks.Uncertainty.Seconds - 0.01, -1000.4 + clocks.Uncertainty.Seconds + 0.01);
    }

    [Fact]
    public void A_clock_that_was_set_is_learnt_anew()
    {
        var clocks = ClockMap.Learned();
        clocks.Observe(At(1), At(1.01), 101 * s_second);
        clocks.Observe(At(2), At(2.01), 502 * s_second);
        Assert.InRange(clocks.Offset.Seconds, -500.01, -499.99);
    }

    private static Instant At(double seconds) => Instant.FromSeconds(seconds);
}
