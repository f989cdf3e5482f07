using LoadLab.Core;
using LoadLab.Engine.Guards;

namespace LoadLab.Engine.NBomber.Tests;

/// <summary>What every engine keeps to, whoever sends: the same tests over both. The console belongs to the process, so the plays do not run beside each other.</summary>
public sealed class EngineContractTests
{
    private static readonly TimeSpan s_quick = TimeSpan.FromMilliseconds(20);

    public static TheoryData<string> Engines => ["own", "nbomber"];

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Each_call_is_sent_once_in_order_and_never_before_its_time_and_counted_from_it(string engine)
    {
        var sent = new List<int>();
        using var playing = new Playing();
        var target = new PlannedTarget(_ => s_quick) { OnSend = call => { lock (sent) { sent.Add(call); } } };
        var summary = await playing.RunAsync(engine, target, 150, 200);

        Assert.Equal((150, 150, null), (summary.Sent, summary.Count(Outcome.Completed), summary.StopReason));
        Assert.Equal(Enumerable.Range(0, 150), sent.Order());
        Assert.All(playing.Rows, row => Assert.True(row.Sent >= row.Intended));
        Assert.All(playing.Rows, row => Assert.Equal(row.Completed - row.Intended, row.Latency));
        Assert.Equal(150, summary.Quality.Sent);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_guard_stops_the_run_and_the_rest_is_unfinished(string engine)
    {
        using var playing = new Playing { Options = new PlayOptions { Guard = new GuardOptions { MaxCalls = 7 } } };
        var summary = await playing.RunAsync(engine, new PlannedTarget(_ => s_quick), 20, 100);

        Assert.Equal((7, 7, 13, "guard:max-calls"), (summary.Sent, summary.Count(Outcome.Completed), summary.Count(Outcome.Unfinished), summary.StopReason));
        Assert.All(playing.Rows.Skip(7), row => Assert.Equal((Outcome.Unfinished, "guard:max-calls", null), (row.Outcome, row.Reason, row.Sent)));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Calls_that_do_not_end_are_drained(string engine)
    {
        var guard = new GuardOptions { MaxInFlight = 5, Drain = new DrainOptions { Max = Duration.FromSeconds(3) } };
        using var playing = new Playing { Options = new PlayOptions { Guard = guard } };
        var summary = await playing.RunAsync(engine, new PlannedTarget(_ => null), 20, 200);

        Assert.Equal((5, "guard:max-in-flight"), (summary.Sent, summary.StopReason));
        Assert.All(playing.Rows.Take(5), row => Assert.Equal((Outcome.Unfinished, "drain:cancelled"), (row.Outcome, row.Reason)));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_stop_sends_no_more_and_waits_for_calls_in_flight(string engine)
    {
        using var stop = new CancellationTokenSource();
        using var playing = new Playing();
        var sent = 0;
        var target = new PlannedTarget(_ => TimeSpan.FromMilliseconds(200)) { OnSend = _ => { if (Interlocked.Increment(ref sent) == 4) { stop.Cancel(); } } };
        var summary = await playing.RunAsync(engine, target, 1000, 20, stop.Token);

        Assert.Equal("interrupted", summary.StopReason);
        Assert.InRange(summary.Sent, 4, 900);
        Assert.Equal(summary.Sent, summary.Count(Outcome.Completed));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task An_abort_ends_at_once_and_keeps_the_rows(string engine)
    {
        using var abort = new CancellationTokenSource();
        using var playing = new Playing();
        var sent = 0;
        var target = new PlannedTarget(_ => null) { OnSend = _ => { if (Interlocked.Increment(ref sent) == 3) { abort.Cancel(); } } };
        var summary = await playing.RunAsync(engine, target, 3, 200, abort: abort.Token);

        Assert.Equal(3, summary.Sent);
        Assert.All(playing.Rows, row => Assert.Equal((Outcome.Unfinished, "interrupted"), (row.Outcome, row.Reason)));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_stop_before_the_first_call_leaves_every_call_unfinished(string engine)
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        using var playing = new Playing();
        var summary = await playing.RunAsync(engine, new PlannedTarget(_ => s_quick), 10, 100, stop.Token);

        Assert.Equal((0, 10), (summary.Sent, summary.Count(Outcome.Unfinished)));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task An_empty_schedule_plays_nothing(string engine)
    {
        using var playing = new Playing();
        Assert.Equal(0, (await playing.RunAsync(engine, new PlannedTarget(_ => s_quick), 0, 1)).Sent);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_fault_of_this_program_is_thrown_when_the_books_are_closed(string engine)
    {
        using var playing = new Playing();
        var faulty = new PlannedTarget(call => call == 5 ? throw new InvalidOperationException("a bug") : s_quick);
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => playing.RunAsync(engine, faulty, 20, 100));

        Assert.Equal("a bug", thrown.Message);
        Assert.Equal(20, playing.Rows.Count);
    }
}
