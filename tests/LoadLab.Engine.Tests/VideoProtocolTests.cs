using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Targets;

namespace LoadLab.Engine.Tests;

/// <summary>The videos and generations protocols against a service that behaves.</summary>
public sealed class VideoProtocolTests
{
    private static readonly TargetOptions s_videos = new() { Kind = TargetKind.Http, Protocol = TargetProtocol.Videos, Model = "wan", Timeout = Duration.FromSeconds(120) };

    private const string Completed = """
        {"id":"job-1","object":"video","status":"completed","progress":100,"model":"wan","served_model":"wan-small","batch":7,"batch_size":3,"replica":2,"attempts":2,"unknown":{"a":[1]},
         "clocks":{"received_ns":1000,"queued_ns":2000,"started_ns":3000,"text_ns":4000,"denoise_ns":5000,"decode_ns":6000,"completed_ns":7000}}
        """;

    private static byte[] Queued => StubServer.Answer(202, """{"id":"job-1","status":"queued"}""");

    [Fact]
    public async Task A_completed_job_keeps_the_server_s_clocks_and_words()
    {
        await using var server = new StubServer(request => request.Method == "POST" ? Queued : StubServer.Answer(200, Completed));
        var (_, rows) = await TestPlay.HttpAsync(server.Url, TestPlay.Even(3, 100), s_videos);

        Assert.All(rows, row =>
        {
            Assert.Equal(Outcome.Completed, row.Outcome);
            Assert.Equal((new Instant(2000), new Instant(3000), new Instant(4000)), (row.Queued, row.Started, row.TextEnd));
            Assert.Equal((new Instant(5000), new Instant(6000), new Instant(7000)), (row.DenoiseEnd, row.DecodeEnd, row.Completed));
            Assert.Equal(Duration.Zero, row.PollError);
            Assert.Equal((7, 3, 2, 2), (row.Batch, row.BatchSize, row.Replica, row.Attempts));
            Assert.Equal(("wan", "wan-small"), (row.Model, row.ServedModel));
            Assert.True(row.Sent <= row.Accepted && row.Accepted <= row.Polled);
        });
    }

    [Fact]
    public async Task The_request_says_what_the_schedule_says_and_nothing_else()
    {
        await using var server = new StubServer(request => request.Method == "POST" ? Queued : StubServer.Answer(200, Completed));
        var schedule = TestPlay.Even(2, 100, call => call.Index == 0
            ? call with { Tenant = "t1", Tier = "vip", Model = "other", Guidance = 4.5, Quality = "few-step", Deadline = Duration.FromMilliseconds(1500) }
            : call with { Width = 0, Height = 0, Frames = 0, Steps = 0, CallSeed = -1 });
        await TestPlay.HttpAsync(server.Url, schedule, s_videos);

        var bodies = server.Seen.Where(request => request.Is("POST", "/v1/videos")).Select(request => request.Body).ToList();
        Assert.Contains("""{"prompt":"prompt 0","model":"other","size":"160x96","num_frames":9,"num_inference_steps":8,"guidance_scale":4.5,"quality":"few-step","seed":0,"user":"t1","service_tier":"vip","deadline_ms":1500}""", bodies);
        Assert.Contains("""{"prompt":"prompt 1","model":"wan","seed":9223372036854775807}""", bodies);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/v1")]
    [InlineData("/v1/")]
    public async Task An_address_may_be_written_with_or_without_v1(string path)
    {
        await using var server = new StubServer(_ => StubServer.Answer(200, Completed));
        await TestPlay.HttpAsync(new Uri(server.Url, path), TestPlay.Even(1, 100), s_videos);
        Assert.True(server.Seen.Single().Is("POST", "/v1/videos"));
    }

    [Fact]
    public async Task A_service_without_clocks_has_the_time_of_the_poll_and_its_error()
    {
        var polls = 0;
        await using var server = new StubServer(request =>
            request.Method == "POST" ? Queued : StubServer.Answer(200, $$"""{"id":"job-1","status":"{{(++polls < 4 ? "in_progress" : "completed")}}"}"""));
        var (_, rows) = await TestPlay.HttpAsync(server.Url, TestPlay.Even(1, 100), s_videos);

        var row = Assert.Single(rows);
        Assert.Equal(Outcome.Completed, row.Outcome);
        Assert.Equal(row.Polled, row.Completed);
        Assert.True(row.PollError > Duration.Zero && row.PollError < row.Polled - row.Sent);
        Assert.Null(row.Queued);

        // The first poll asked to be held and was not; the others did not ask.
        var gets = server.Seen.Where(request => request.Method == "GET").ToList();
        Assert.Equal(4, gets.Count);
        Assert.Equal("/v1/videos/job-1?wait=30s", gets[0].Path);
        Assert.All(gets.Skip(1), get => Assert.Equal("/v1/videos/job-1", get.Path));
    }

    [Fact]
    public async Task A_service_that_refuses_wait_is_asked_without_it()
    {
        await using var server = new StubServer(request =>
            request.Method == "POST" ? Queued
            : request.Path.Contains("wait", StringComparison.Ordinal) ? StubServer.Answer(400, """{"title":"wait: unknown"}""")
            : StubServer.Answer(200, Completed));
        var (summary, _) = await TestPlay.HttpAsync(server.Url, TestPlay.Even(3, 100), s_videos);
        Assert.Equal(3, summary.Count(Outcome.Completed));
    }

    [Fact]
    public async Task Patience_over_withdraws_the_job()
    {
        // When all three are held, two users lose patience, and the limit of the third is over.
        var time = new TimeOnSignal();
        var held = 0;
        await using var server = new StubServer((request, stop) =>
        {
            if (request.Method == "GET" && Interlocked.Increment(ref held) == 3)
            {
                time.Pass();
            }

            return Held(request, stop);
        });
        var schedule = TestPlay.Even(3, 1000, call => call with { Patience = Duration.FromSeconds(call.Index == 1 ? 20_000 : 5_000) });
        var (summary, rows) = await TestPlay.HttpAsync(server.Url, schedule, s_videos with { Timeout = Duration.FromSeconds(10_000) }, time: time);

        Assert.Equal([(Outcome.Abandoned, "patience"), (Outcome.TimedOut, "timeout"), (Outcome.Abandoned, "patience")], rows.Select(row => (row.Outcome, row.Reason)));
        Assert.Equal(3, server.Seen.Count(request => request.Is("DELETE", "/v1/videos/job-1")));
        Assert.Equal(2, summary.Count(Outcome.Abandoned));

        // What the service said when it cancelled is kept.
        Assert.All(rows, row => Assert.Equal(new Instant(3000), row.Started));
    }

    [Fact]
    public async Task A_deadline_is_a_column_and_not_a_limit()
    {
        await using var server = new StubServer(async (request, stop) =>
        {
            await Task.Delay(request.Method == "POST" ? 0 : 50, stop);
            return request.Method == "POST" ? Queued : StubServer.Answer(200, Completed);
        });
        var (_, rows) = await TestPlay.HttpAsync(server.Url, TestPlay.Even(1, 100, call => call with { Deadline = Duration.FromMilliseconds(1) }), s_videos);
        Assert.Equal((Outcome.Completed, Duration.FromMilliseconds(1)), (rows[0].Outcome, rows[0].Deadline));
    }

    [Fact]
    public async Task Content_is_fetched_only_when_asked()
    {
        await using var server = new StubServer(request =>
            request.Method == "POST" ? Queued : request.Path.EndsWith("/content", StringComparison.Ordinal) ? StubServer.Answer(200, "a clip", "video/mp4") : StubServer.Answer(200, Completed));
        var (_, without) = await TestPlay.HttpAsync(server.Url, TestPlay.Even(1, 100), s_videos);
        var (_, with) = await TestPlay.HttpAsync(server.Url, TestPlay.Even(1, 100), s_videos with { FetchContent = true });
        Assert.Null(without[0].Bytes);
        Assert.Equal(6, with[0].Bytes);
        Assert.Equal(1, server.Seen.Count(request => request.Is("GET", "/v1/videos/job-1/content")));
    }

    [Fact]
    public async Task A_blocking_answer_ends_the_call_with_its_response()
    {
        await using var server = new StubServer(_ => StubServer.Answer(200, Completed));
        var (_, rows) = await TestPlay.HttpAsync(server.Url, TestPlay.Even(2, 100), s_videos with { Protocol = TargetProtocol.Generations });
        Assert.All(server.Seen, request => Assert.True(request.Is("POST", "/v1/videos/generations")));
        Assert.All(rows, row =>
        {
            Assert.Equal(Outcome.Completed, row.Outcome);
            Assert.Equal(new Instant(3000), row.Started);
            Assert.True(row.Completed >= row.Accepted);
        });
    }

    [Fact]
    public async Task A_blocking_answer_that_is_only_the_clip_s_place_is_completed()
    {
        await using var server = new StubServer(_ => StubServer.Answer(200, """{"video_path":"/tmp/a.mp4"}"""));
        var (_, rows) = await TestPlay.HttpAsync(server.Url, TestPlay.Even(1, 100), s_videos with { Protocol = TargetProtocol.Generations });
        Assert.Equal(Outcome.Completed, rows[0].Outcome);
    }

    [Fact]
    public async Task Another_host_s_clock_is_brought_to_the_run_s()
    {
        // The server's clock is an hour ahead of the system's; every answer says when its request came.
        static long ServerNow() => MonotonicClock.SystemNanoseconds + 3_600_000_000_000;
        await using var server = new StubServer(_ => StubServer.Answer(
            200, $$$"""{"id":"j","status":"completed","clocks":{"received_ns":{{{ServerNow()}}},"completed_ns":{{{ServerNow()}}}}}"""));
        var clocks = ClockMap.Learned();
        await using var target = HttpTarget.Create(s_videos, server.Url, clocks);
        using var pacer = new Pacing.PreciseWaiter(MonotonicClock.StartNow());
        var (_, rows) = await TestPlay.PlayAsync(TestPlay.Even(20, 500), target, pacer, new PlayOptions());

        Assert.True(clocks.Uncertainty > Duration.Zero);
        Assert.All(rows, row =>
        {
            Assert.True(row.Completed <= row.Polled);
            Assert.True(row.Completed + row.PollError!.Value >= row.Sent);
        });
    }

    private static async Task<byte[]?> Held(StubRequest request, CancellationToken stop)
    {
        if (request.Method == "POST")
        {
            return Queued;
        }

        if (request.Method == "DELETE")
        {
            return StubServer.Answer(200, """{"id":"job-1","status":"cancelled","clocks":{"started_ns":3000}}""");
        }

        await Task.Delay(Timeout.Infinite, stop);
        return null;
    }
}
