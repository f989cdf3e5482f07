using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Guards;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;

namespace LoadLab.Engine.Tests;

/// <summary>Guards, a person's stop, and the drain. That every planned call has one row is checked in each play.</summary>
public sealed class StopTests
{
    private static readonly TargetOptions s_videos = new() { Kind = TargetKind.Http, Protocol = TargetProtocol.Videos, Timeout = Duration.FromSeconds(180) };
    private static readonly DrainOptions s_shortDrain = new() { Max = Duration.FromSeconds(4) };

    [Fact]
    public async Task MaxCalls_stops_the_run_and_books_the_rest_as_unfinished()
    {
        var options = new PlayOptions { Guard = new GuardOptions { MaxCalls = 7 } };
        var (summary, rows) = await TestPlay.PlayAsync(TestPlay.Even(20, 100), new VirtualTarget(at => at), new VirtualPacer(), options);
        Assert.Equal((7, 7, 13), (summary.Sent, summary.Count(Outcome.Completed), summary.Count(Outcome.Unfinished)));
        Assert.Equal("guard:max-calls", summary.StopReason);
        Assert.All(rows.Skip(7), row => Assert.Equal((Outcome.Unfinished, "guard:max-calls", null), (row.Outcome, row.Reason, row.Sent)));
    }

    [Fact]
    public async Task MaxCalls_equal_to_the_plan_stops_nothing()
    {
        var options = new PlayOptions { Guard = new GuardOptions { MaxCalls = 20 } };
        var (summary, _) = await TestPlay.PlayAsync(TestPlay.Even(20, 100), new VirtualTarget(at => at), new VirtualPacer(), options);
        Assert.Equal((20, null), (summary.Count(Outcome.Completed), summary.StopReason));
    }

    [Fact]
    public async Task MaxSpend_counts_the_calls_that_ended()
    {
        var options = new PlayOptions { Guard = new GuardOptions { MaxSpend = new Usd(1) }, CostOf = _ => new Usd(0.3m) };
        var (summary, _) = await TestPlay.PlayAsync(TestPlay.Even(20, 100), new VirtualTarget(at => at), new VirtualPacer(), options);
        Assert.Equal((4, "guard:max-spend"), (summary.Sent, summary.StopReason));
    }

    [Fact]
    public async Task ErrorShare_stops_once_enough_calls_have_ended()
    {
        await using var server = new StubServer(_ => StubServer.Answer(500, ""));
        await using var target = HttpTarget.Create(s_videos, server.Url, ClockMap.Shared());
        using var clock = new PreciseWaiter(MonotonicClock.StartNow());
        var options = new PlayOptions { Guard = new GuardOptions { ErrorShare = 0.2 } };
        var (summary, rows) = await TestPlay.PlayAsync(TestPlay.Even(400, 200), target, new RestAtStop(clock, Instant.FromSeconds(1)), options);
        Assert.Equal("guard:error-share", summary.StopReason);
        Assert.True(summary.Count(Outcome.Failed) >= GuardOptions.ErrorShareFrom);
        Assert.Equal(summary.Planned - summary.Sent, rows.Count(row => row.Reason == "guard:error-share"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_service_that_falls_behind_stops_the_run_and_is_drained(bool backlog)
    {
        await using var server = new StubServer(NeverDone);
        var guard = backlog ? new GuardOptions { Backlog = 5 } : new GuardOptions { MaxInFlight = 5 };
        var (summary, rows) = await TestPlay.HttpAsync(server.Url, TestPlay.Even(50, 500), s_videos, new PlayOptions { Guard = guard with { Drain = s_shortDrain } });

        // A late dispatch thread sees several calls due at once: the backlog guard then stops earlier.
        Assert.Equal(backlog ? "guard:backlog" : "guard:max-in-flight", summary.StopReason);
        Assert.InRange(summary.Sent, backlog ? 0 : 5, 5);
        Assert.All(rows.Take(summary.Sent), row => Assert.Equal((Outcome.Unfinished, "drain:cancelled"), (row.Outcome, row.Reason)));
        Assert.Equal(summary.Sent, server.Seen.Count(request => request.Method == "DELETE"));
    }

    [Fact]
    public async Task Backlog_counts_due_calls_that_the_client_itself_could_not_send()
    {
        var pacer = new VirtualPacer { Stall = (Instant.FromSeconds(5), Instant.FromSeconds(8)) };
        var options = new PlayOptions { Guard = new GuardOptions { Backlog = 100 } };
        var (summary, _) = await TestPlay.PlayAsync(TestPlay.Even(1500, 100), new VirtualTarget(at => at), pacer, options);
        Assert.Equal((500, "guard:backlog"), (summary.Sent, summary.StopReason));
    }

    [Fact]
    public async Task A_drain_that_leaves_its_jobs_withdraws_none()
    {
        await using var server = new StubServer(NeverDone);
        var options = new PlayOptions { Guard = new GuardOptions { Drain = s_shortDrain with { ThenCancel = false } } };
        var (_, rows) = await TestPlay.HttpAsync(server.Url, TestPlay.Even(3, 500), s_videos, options);
        Assert.All(rows, row => Assert.Equal((Outcome.Unfinished, "drain:left"), (row.Outcome, row.Reason)));
        Assert.DoesNotContain(server.Seen, request => request.Method == "DELETE");
    }

    [Fact]
    public async Task A_stop_sends_no_more_and_waits_for_calls_in_flight()
    {
        using var stop = new CancellationTokenSource();
        await using var server = new StubServer(async (request, serverStop) =>
        {
            if (request.Method == "POST")
            {
                await stop.CancelAsync();
                return StubServer.Answer(202, """{"id":"j","status":"queued"}""");
            }

            await Task.Delay(200, serverStop);
            return StubServer.Answer(200, """{"id":"j","status":"completed"}""");
        });
        await using var target = HttpTarget.Create(s_videos, server.Url, ClockMap.Shared());
        using var clock = new PreciseWaiter(MonotonicClock.StartNow());
        var (summary, rows) = await TestPlay.PlayAsync(TestPlay.Even(1000, 10), target, new RestAtStop(clock, Instant.Zero), new PlayOptions(), stop.Token);
        Assert.Equal("interrupted", summary.StopReason);
        Assert.Equal(summary.Sent, summary.Count(Outcome.Completed));
        Assert.Equal(1, summary.Sent);
        Assert.All(rows.Skip(summary.Sent), row => Assert.Equal((Outcome.Unfinished, "interrupted"), (row.Outcome, row.Reason)));
    }

    [Fact]
    public async Task A_second_stop_ends_at_once_and_keeps_the_rows()
    {
        using var abort = new CancellationTokenSource();
        var accepted = 0;
        await using var server = new StubServer(async (request, stop) =>
        {
            if (request.Method == "POST")
            {
                return StubServer.Answer(202, """{"id":"j","status":"queued"}""");
            }

            if (Interlocked.Increment(ref accepted) == 3)
            {
                await abort.CancelAsync();
            }

            await Task.Delay(Timeout.Infinite, stop);
            return null;
        });
        var (summary, rows) = await TestPlay.HttpAsync(server.Url, TestPlay.Even(3, 500), s_videos, abort: abort.Token);
        Assert.Equal(3, summary.Sent);
        Assert.All(rows, row => Assert.Equal((Outcome.Unfinished, "interrupted"), (row.Outcome, row.Reason)));
        Assert.All(rows, row => Assert.NotNull(row.Sent));
    }

    [Fact]
    public async Task A_fault_of_this_program_is_thrown_after_the_books_are_closed()
    {
        var faulty = new VirtualTarget(at => at > Instant.FromSeconds(0.05) ? throw new InvalidOperationException("a bug") : at);
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => TestPlay.PlayAsync(TestPlay.Even(20, 100), faulty, new VirtualPacer(), new PlayOptions()));
        Assert.Equal("a bug", thrown.Message);
    }

    /// <summary>The time of calls past an instant does not come before the run is stopped, however long the service takes to stop it.</summary>
    private sealed class RestAtStop(PreciseWaiter clock, Instant last) : IPacer
    {
        public Instant Now => clock.Now;

        public void WaitUntil(Instant at, CancellationToken stop)
        {
            clock.WaitUntil(at, stop);
            if (at > last)
            {
                stop.WaitHandle.WaitOne(TimeSpan.FromMinutes(2));
            }
        }
    }

    private static async Task<byte[]?> NeverDone(StubRequest request, CancellationToken stop)
    {
        if (request.Method != "GET")
        {
            return StubServer.Answer(request.Method == "POST" ? 202 : 200, """{"id":"j","status":"queued"}""");
        }

        await Task.Delay(Timeout.Infinite, stop);
        return null;
    }
}
