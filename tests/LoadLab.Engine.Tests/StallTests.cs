using LoadLab.Core;

namespace LoadLab.Engine.Tests;

/// <summary>
/// The stall test in exact form (specs/load-semantics.md 4B): 100 calls a second for 15 s, 20 ms of service, and every request arriving in t = 5..8 s is held until t = 8 s.
/// </summary>
public sealed class StallTests
{
    private static readonly Duration s_service = Duration.FromMilliseconds(20);
    private static readonly Instant s_from = Instant.FromSeconds(5);
    private static readonly Instant s_until = Instant.FromSeconds(8);

    private static Instant HeldService(Instant arrival) =>
        arrival >= s_from && arrival < s_until ? Instant.Max(s_until, arrival + s_service) : arrival + s_service;

    [Fact]
    public async Task A_stalled_service_gives_the_ideal_open_loop_percentiles_exactly()
    {
        var (summary, rows) = await TestPlay.PlayAsync(TestPlay.Even(1500, 100), new VirtualTarget(HeldService), new VirtualPacer(), new PlayOptions());

        // 1,200 calls take 20 ms. The 300 that arrive at 5.00, 5.01 ... 7.97 s take 3.00, 2.99 ... 0.03 s and the last two, at 7.98 and 7.99 s, 20 ms.
        // By nearest rank of 1,500 the 750th is 20 ms, the 1,350th is the 148th of the 298 slow ones in ascending order, and so on.
        var latencies = rows.Select(row => row.Latency!.Value.Seconds).Order().ToList();
        Assert.Equal(1500, summary.Sent);
        Assert.Equal(0.02, Percentile.OfSorted(latencies, 0.50), 1e-12);
        Assert.Equal(1.50, Percentile.OfSorted(latencies, 0.90), 1e-12);
        Assert.Equal(2.25, Percentile.OfSorted(latencies, 0.95), 1e-12);
        Assert.Equal(2.85, Percentile.OfSorted(latencies, 0.99), 1e-12);
        Assert.Equal(((1202 * 0.02) + (298 * (0.03 + 3.00) / 2)) / 1500, latencies.Average(), 1e-12);
        Assert.All(rows, row => Assert.Equal(Duration.Zero, row.Lateness));
    }

    [Fact]
    public async Task A_stalled_client_sends_late_calls_at_once_and_the_others_at_their_own_time()
    {
        var pacer = new VirtualPacer { Stall = (s_from, s_until) };
        var (summary, rows) = await TestPlay.PlayAsync(TestPlay.Even(1500, 100), new VirtualTarget(at => at + s_service), pacer, new PlayOptions());

        Assert.Equal(1500, summary.Sent);
        Assert.All(rows, row => Assert.Equal(row.Intended >= s_from && row.Intended < s_until ? s_until : row.Intended, row.Sent));
        Assert.Equal(3000, summary.Quality.LatenessMaxMs);

        // The delay is the calls' own: it counts in their latency.
        Assert.All(rows, row => Assert.Equal(row.Sent + s_service - row.Intended, row.Latency));
    }

    [Fact]
    public async Task Lateness_past_the_gate_fails_the_run()
    {
        var schedule = TestPlay.Even(1500, 100);
        var late = new VirtualPacer { Stall = (s_from, s_until) };
        var (lateRun, _) = await TestPlay.PlayAsync(schedule, new VirtualTarget(at => at), late, new PlayOptions());
        var (onTime, _) = await TestPlay.PlayAsync(schedule, new VirtualTarget(at => at), new VirtualPacer(), new PlayOptions());

        // The 1,485th of 1,500 by nearest rank: the fifteen latest lie above 2.85 s.
        Assert.InRange(lateRun.Quality.LatenessP99Ms, 2850, 2850 * (1 + (1 / 1024.0)));
        Assert.False(lateRun.Quality.LatenessPassed);
        Assert.True(onTime.Quality.LatenessPassed);
    }

    [Fact]
    public async Task A_hundred_thousand_calls_are_played_without_loss()
    {
        var (summary, rows) = await TestPlay.PlayAsync(TestPlay.Even(100_000, 1000), new VirtualTarget(at => at + s_service), new VirtualPacer(), new PlayOptions());
        Assert.Equal(100_000, summary.Count(Outcome.Completed));
        Assert.Equal(100_000, rows.Count);
    }
}
