using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Stubs;

namespace LoadLab.Engine.Tests.Protocols;

/// <summary>The protocol files against services written from the public documentation: what is asked arrives as it was meant, and what is recorded brackets what was true.</summary>
public sealed class ConformanceTests
{
    [Fact]
    public Task Every_protocol_completes_and_asks_for_what_the_schedule_says() => StubPlay.EachAsync(StubProtocol.All, StubPlay.Short, StubPlay.Calls(12), played =>
    {
        Assert.All(played.Rows, row => Assert.Equal((Outcome.Completed, ""), (row.Outcome, row.Reason)));
        Assert.Empty(played.Stub.Book.Refused);
        Assert.All(played.Stub.Book.Jobs, job => Assert.Empty(job.Asked.Ignored));
        if (played.Name is "plain")
        {
            return;
        }

        Assert.Equal([.. Enumerable.Range(0, 12).Select(i => $"prompt {i}").Order()], played.Stub.Book.Jobs.Select(job => job.Asked.Prompt).Order());
        Assert.All(played.Stub.Book.Jobs, job => Assert.Equal(720, job.Asked.Height));
        if (played.Name is not "openai-videos")
        {
            Assert.Equal([.. Enumerable.Range(1000, 12).Select(i => (long?)i)], played.Stub.Book.Jobs.Select(job => job.Asked.Seed).Order());
            Assert.All(played.Stub.Book.Jobs, job => Assert.Equal((97, 20), (job.Asked.Frames, job.Asked.Steps)));
        }
    });

    /// <summary>Short jobs, and ones that outlast the second in which services stamp their times.</summary>
    [Theory]
    [InlineData(150)]
    [InlineData(2500)]
    public Task Recorded_ends_bracket_the_true_ones(int medianMs) => StubPlay.EachAsync(StubProtocol.All, StubPlay.Short with { JobMedian = TimeSpan.FromMilliseconds(medianMs) }, StubPlay.Calls(20), played =>
    {
        foreach (var (row, job) in Pairs(played))
        {
            var end = new Instant(job.EndsNs - played.EpochNs);
            var known = row.Completed!.Value;

            // The service tells the time of day, the run counts on the monotonic clock: they part by less than this in a play.
            var slack = Duration.FromMilliseconds(5);
            Assert.True(known + slack >= end, $"call {row.Call} ended {(end - known).Milliseconds:0.0} ms after its recorded end, error {row.PollError?.Milliseconds:0.0} ms");
            if (row.PollError is { } error)
            {
                Assert.True(known - error <= end + slack, $"call {row.Call} may by its record have ended {(known - error - end).Milliseconds:0.0} ms too late at the earliest, error {error.Milliseconds:0.0} ms");
            }

            Assert.Equal(played.Stub.Protocol.Blocks, row.PollError is null);
        }
    });

    [Fact]
    public Task Patience_over_reaches_the_service_whether_the_job_waits_or_runs() =>
        StubPlay.EachAsync(StubProtocol.All, new StubOptions { JobMedian = TimeSpan.FromSeconds(60) }, StubPlay.Calls(8, call => call with { Patience = Duration.FromSeconds(call.Index % 2 == 0 ? 5 : 8) }), played =>
    {
        Assert.All(played.Rows, row => Assert.Equal((Outcome.Abandoned, "patience"), (row.Outcome, row.Reason)));
        Assert.Equal(8, played.Stub.Book.Jobs.Count);

        // What closes the connection is seen there a moment later.
        SpinWait.SpinUntil(() => played.Stub.Book.Jobs.All(job => job.StateAt(MonotonicClock.SystemNanoseconds) == StubState.Cancelled), TimeSpan.FromMinutes(2));
        Assert.All(played.Stub.Book.Jobs, job => Assert.Equal(StubState.Cancelled, job.StateAt(MonotonicClock.SystemNanoseconds)));
    });

    [Fact]
    public Task Clips_are_fetched_when_asked_and_their_bytes_counted() => StubPlay.EachAsync(StubProtocol.All.Where(protocol => protocol.Name is "openai-videos" or "vllm-omni" or "sglang"), StubPlay.Short, StubPlay.Calls(4), played =>
    {
        Assert.All(played.Rows, row => Assert.Equal((Outcome.Completed, ""), (row.Outcome, row.Reason)));
        Assert.All(played.Rows, row => Assert.Equal(4112, row.Bytes));
        Assert.Equal(4, played.Stub.Book.CountOf(StubAct.Fetch));
    }, options => options with { FetchContent = true });

    /// <summary>
    /// Rows and the jobs that they became, by prompt. A service that takes none has its ends and the recorded ones in order: the n-th of each belong together whichever call they are of.
    /// </summary>
    private static IEnumerable<(CallRecord Row, StubJob Job)> Pairs(StubPlayed played)
    {
        var jobs = played.Stub.Book.Jobs;
        return jobs[0].Asked.Prompt is null
            ? played.Rows.OrderBy(row => row.Completed).Zip(jobs.OrderBy(job => job.EndsNs))
            : played.Rows.Select(row => (row, jobs.Single(job => job.Asked.Prompt == $"prompt {row.Call}")));
    }
}
