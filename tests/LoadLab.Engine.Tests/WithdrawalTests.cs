using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;

namespace LoadLab.Engine.Tests;

/// <summary>Jobs given up on: a service that does not cancel them goes on costing, so both counts are kept.</summary>
public sealed class WithdrawalTests
{
    [Fact]
    public async Task Cancels_asked_and_accepted_are_counted()
    {
        var (deletes, held) = (0, 0);
        var time = new TimeOnSignal();
        await using var server = new StubServer(async (request, stop) =>
        {
            if (request.Method == "GET")
            {
                if (Interlocked.Increment(ref held) == 3)
                {
                    time.Pass();
                }

                await Task.Delay(Timeout.Infinite, stop);
            }

            return request.Method == "POST" ? StubServer.Answer(202, """{"id":"j","status":"queued"}""")
                : StubServer.Answer(Interlocked.Increment(ref deletes) == 1 ? 409 : 200, """{"id":"j","status":"cancelled"}""");
        });
        await using var target = HttpTarget.Create(new TargetOptions { Kind = TargetKind.Http, Protocol = TargetProtocol.Videos, Timeout = Duration.FromSeconds(10_000) }, server.Url, ClockMap.Shared(), time);
        using var pacer = new PreciseWaiter(MonotonicClock.StartNow());
        var schedule = TestPlay.Even(3, 1000, call => call with { Patience = Duration.FromSeconds(5_000) });
        var (summary, _) = await TestPlay.PlayAsync(schedule, target, pacer, new PlayOptions());
        Assert.Equal((3, 3, 2), (summary.Count(Outcome.Abandoned), target.Withdrawals.Asked, target.Withdrawals.Accepted));
    }
}
