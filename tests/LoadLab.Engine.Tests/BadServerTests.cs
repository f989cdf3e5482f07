using System.Text;
using LoadLab.Core;
using LoadLab.Engine.Targets;

namespace LoadLab.Engine.Tests;

/// <summary>A service may do anything: each thing it does is its own outcome and reason, and the law of conservation (checked in every play) holds.</summary>
public sealed class BadServerTests
{
    // A limit that no machine reaches, however loaded: only the tests of timeouts, which set their own, are to see one.
    private static readonly TargetOptions s_videos = new() { Kind = TargetKind.Http, Protocol = TargetProtocol.Videos, Model = "m", Timeout = Duration.FromSeconds(120) };
    private const string Queued = """{"id":"job-1","status":"queued"}""";

    public static TheoryData<string> Protocols => ["videos", "generations", "plain"];

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_server_that_is_not_there_is_connection_refused(string protocol)
    {
        using var closed = new ClosedPort();
        await AllEnd(closed.Url, protocol, Outcome.Failed, "connection-refused");
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_server_that_hangs_is_a_timeout(string protocol)
    {
        await using var server = new StubServer(async (_, stop) =>
        {
            await Task.Delay(Timeout.Infinite, stop);
            return null;
        });
        await AllEnd(server.Url, protocol, Outcome.TimedOut, "timeout", Duration.FromMilliseconds(100));
    }

    [Fact]
    public async Task Calls_beyond_the_sockets_of_the_client_fail_with_that_reason_and_the_run_goes_on()
    {
        // The four sockets stay taken until the other calls have ended.
        var ends = 0;
        var others = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new StubServer(async (_, stop) =>
        {
            await others.Task.WaitAsync(stop);
            return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray();
        });
        var options = s_videos with { Protocol = TargetProtocol.Plain, MostConnections = 4 };
        var counting = new PlayOptions
        {
            CostOf = _ =>
            {
                if (++ends == 16)
                {
                    others.SetResult();
                }

                return default;
            },
        };
        var (summary, rows) = await TestPlay.HttpAsync(server.Url, TestPlay.Even(20, 1000), options, counting);
        Assert.Equal(4, summary.Count(Outcome.Completed));
        Assert.All(rows.Where(row => row.Outcome != Outcome.Completed), row => Assert.Equal((Outcome.Failed, "client-sockets"), (row.Outcome, row.Reason)));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_server_that_closes_the_socket_is_connection_closed(string protocol)
    {
        await using var server = new StubServer(_ => null);
        await AllEnd(server.Url, protocol, Outcome.Failed, "connection-closed");
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_server_that_closes_the_socket_within_the_body_is_connection_closed(string protocol)
    {
        await using var server = new StubServer(_ => "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n{\"id\":"u8.ToArray());
        await AllEnd(server.Url, protocol, Outcome.Failed, "connection-closed");
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_server_that_speaks_no_http_is_a_bad_answer(string protocol)
    {
        await using var server = new StubServer(_ => "\0\x01\x02 what is this?\r\n\r\n"u8.ToArray());
        await AllEnd(server.Url, protocol, Outcome.Failed, "bad-answer");
    }

    [Theory]
    [InlineData("this is not json")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"id":17,"status":"queued"}""")]
    [InlineData("""{"status":"queued"}""")]
    [InlineData("""{"id":"..","status":"queued"}""")]
    [InlineData("""{"id":"job-1","status":"who knows"}""")]
    public async Task A_body_that_is_no_job_is_a_bad_answer(string body)
    {
        await using var server = new StubServer(_ => StubServer.Answer(202, body));
        await AllEnd(server.Url, "videos", Outcome.Failed, "bad-answer");
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_body_past_the_bound_is_an_oversized_answer(string protocol)
    {
        await using var server = new StubServer(_ => "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"u8.ToArray());
        await AllEnd(server.Url, protocol, Outcome.Failed, "oversized-answer");
    }

    [Fact]
    public async Task An_endless_body_of_unstated_length_is_an_oversized_answer()
    {
        var chunk = Encoding.ASCII.GetBytes("10000\r\n" + new string(' ', 0x10000) + "\r\n");
        await using var server = new StubServer(_ => [.. "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8, .. Enumerable.Repeat(chunk, 20).SelectMany(bytes => bytes)]);
        await AllEnd(server.Url, "videos", Outcome.Failed, "oversized-answer", count: 3);
    }

    [Theory]
    [InlineData(429, "", Outcome.Rejected, "429")]
    [InlineData(503, "", Outcome.Rejected, "503")]
    [InlineData(429, """{"code":"quota"}""", Outcome.Rejected, "quota")]
    [InlineData(400, """{"error":{"code":"content","message":"no"}}""", Outcome.Rejected, "content")]
    [InlineData(400, """{"title":"frames: is not a number"}""", Outcome.Failed, "http-400")]
    [InlineData(500, "<html>", Outcome.Failed, "http-500")]
    [InlineData(302, "", Outcome.Failed, "http-302")]
    public async Task A_refusal_at_the_door_is_named(int status, string body, Outcome outcome, string reason)
    {
        await using var server = new StubServer(_ => StubServer.Answer(status, body));
        await AllEnd(server.Url, "videos", outcome, reason);
        await AllEnd(server.Url, "generations", outcome, reason);
    }

    [Theory]
    [InlineData("failed", "expired", Outcome.Rejected, "expired")]
    [InlineData("failed", "quota", Outcome.Rejected, "quota")]
    [InlineData("failed", "overload", Outcome.Rejected, "overload")]
    [InlineData("failed", "content", Outcome.Rejected, "content")]
    [InlineData("failed", "Out of Memory!", Outcome.Failed, "out-of-memory-")]
    [InlineData("failed", "", Outcome.Failed, "error")]
    [InlineData("cancelled", "", Outcome.Abandoned, "cancelled")]
    public async Task A_job_that_ends_badly_keeps_the_service_s_word(string status, string code, Outcome outcome, string reason)
    {
        await using var server = new StubServer(request => StubServer.Answer(
            202, request.Method == "POST" ? Queued : $$$"""{"id":"job-1","status":"{{{status}}}","error":{"code":"{{{code}}}","message":"m"}}"""));
        await AllEnd(server.Url, "videos", outcome, reason);
    }

    [Fact]
    public async Task A_job_the_server_forgot_is_lost()
    {
        await using var server = new StubServer(request => request.Method == "POST" ? StubServer.Answer(202, Queued) : StubServer.Answer(404, "{}"));
        await AllEnd(server.Url, "videos", Outcome.Failed, "lost");
    }

    [Fact]
    public async Task A_server_that_dies_while_jobs_run_is_connection_closed_or_refused()
    {
        var server = new StubServer(request => request.Method == "POST" ? StubServer.Answer(202, Queued) : null);
        await AllEnd(server.Url, "videos", Outcome.Failed, "connection-closed", count: 3);
        Assert.True(server.Seen.Count(request => request.Method == "GET") > 3);
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_broken_poll_is_asked_again()
    {
        var polls = 0;
        await using var server = new StubServer(request =>
            request.Method == "POST" ? StubServer.Answer(202, Queued)
            : Interlocked.Increment(ref polls) % 2 == 1 ? StubServer.Answer(502, "")
            : StubServer.Answer(200, """{"id":"job-1","status":"completed"}"""));
        await AllEnd(server.Url, "videos", Outcome.Completed, "", count: 1);
    }

    private static async Task AllEnd(Uri url, string protocol, Outcome outcome, string reason, Duration? timeout = null, int count = 10)
    {
        var options = s_videos with { Protocol = TargetProtocol.Shipped(protocol), Timeout = timeout ?? s_videos.Timeout };
        var (summary, rows) = await TestPlay.HttpAsync(url, TestPlay.Even(count, 500), options);
        Assert.All(rows, row => Assert.Equal((outcome, reason), (row.Outcome, row.Reason)));
        Assert.Equal(count, summary.Count(outcome));
        Assert.All(rows, row => Assert.NotNull(row.Sent));
    }
}
