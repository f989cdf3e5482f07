using System.Text;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Targets;

namespace LoadLab.Engine.Tests;

/// <summary>What a call does that a protocol file describes: bodies, retries, races, redirects, addresses, keys and clocks.</summary>
public sealed class ProtocolCallTests
{
    [Theory]
    [InlineData("openai-videos", "prompt=a fox|model=m|size=160x96|seconds=1")]
    [InlineData("vllm-omni", "prompt=a fox|model=m|width=160|height=96|num_frames=9|fps=16|num_inference_steps=8|guidance_scale=4.5|seed=7|user=t")]
    public void A_form_has_what_the_schedule_says(string protocol, string parts)
    {
        var call = TestPlay.Even(1, 1).Calls[0] with { CallSeed = 7 + (1L << 40), Guidance = 4.5, Tenant = "t" };
        var body = ProtocolFilesTests.Body(TargetProtocol.Shipped(protocol), call, "a fox");
        var found = body.Split("--loadlab-").Where(part => part.Contains("name=", StringComparison.Ordinal))
            .Select(part => $"{part.Split("name=\"")[1].Split('"')[0]}={part.Split("\r\n\r\n")[1].TrimEnd('\r', '\n')}");
        Assert.Equal(parts, string.Join('|', found));
        Assert.EndsWith("--\r\n", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sglang", """{"prompt":"p","model":"m","size":"160x96","num_frames":9,"fps":16,"num_inference_steps":8,"seed":0}""")]
    [InlineData("mlcommons-generations", """{"prompt":"p","size":"160x96","num_frames":9,"seconds":0.5625,"fps":16,"num_inference_steps":8,"seed":0,"response_format":"video_path"}""")]
    [InlineData("fal-queue", """{"prompt":"p","resolution":"96p","aspect_ratio":"5:3","num_frames":9,"frames_per_second":16,"num_inference_steps":8,"seed":0}""")]
    [InlineData("kserve-v2", """{"id":"call-0","inputs":[{"name":"prompt","shape":[1],"datatype":"BYTES","data":["p"]},{"name":"width","shape":[1],"datatype":"INT32","data":[160]},{"name":"height","shape":[1],"datatype":"INT32","data":[96]},{"name":"num_frames","shape":[1],"datatype":"INT32","data":[9]},{"name":"num_inference_steps","shape":[1],"datatype":"INT32","data":[8]},{"name":"seed","shape":[1],"datatype":"INT64","data":[0]}]}""")]
    public void A_JSON_body_leaves_out_what_is_open(string protocol, string body) =>
        Assert.Equal(body, ProtocolFilesTests.Body(TargetProtocol.Shipped(protocol), TestPlay.Even(1, 1).Calls[0], "p"));

    [Fact]
    public void A_body_of_nothing_but_a_prompt_is_still_one()
    {
        var call = TestPlay.Even(1, 1).Calls[0] with { Width = 0, Height = 0, Frames = 0, Steps = 0 };
        Assert.Equal("""{"id":"call-0","inputs":[{"name":"prompt","shape":[1],"datatype":"BYTES","data":["\u00FC"]},{"name":"seed","shape":[1],"datatype":"INT64","data":[0]}]}""", ProtocolFilesTests.Body(TargetProtocol.Shipped("kserve-v2"), call, "\u00fc", model: ""));
    }

    [Fact]
    public async Task Fal_is_followed_at_the_addresses_it_gives()
    {
        Uri url = null!;
        var asked = 0;
        await using var server = new StubServer(request => request switch
        {
            { Method: "POST" } => StubServer.Answer(200, $$"""{"request_id":"r1","status":"IN_QUEUE","status_url":"{{url}}x/requests/r1/status","cancel_url":"{{url}}x/requests/r1/cancel","response_url":"{{url}}x/requests/r1"}"""),
            { Path: "/x/requests/r1/status" } => Interlocked.Increment(ref asked) < 3
                ? StubServer.Answer(202, """{"status":"IN_PROGRESS"}""") : StubServer.Answer(200, """{"status":"COMPLETED","metrics":{"inference_time":1.5}}"""),
            _ => StubServer.Answer(200, """{"video":{"url":"https://elsewhere.example/v.mp4"}}"""),
        });
        url = server.Url;
        var row = await OneAsync(server, Options("fal-queue", model: "fal-ai/wan/v2.2-5b/text-to-video") with { FetchContent = true });
        Assert.Equal((Outcome.Completed, 51L), (row.Outcome, row.Bytes));
        Assert.Equal("/fal-ai/wan/v2.2-5b/text-to-video", server.Seen[0].Path);
        Assert.Equal("/x/requests/r1", server.Seen[^1].Path);
    }

    [Theory]
    [InlineData("""{"request_id":"r1","status":"IN_QUEUE"}""")]
    [InlineData("""{"status":"IN_QUEUE","status_url":"/s"}""")]
    [InlineData("""{"request_id":"..","status_url":"/s"}""")]
    public async Task An_answer_that_names_no_job_to_ask_about_is_a_bad_one(string answer)
    {
        await using var server = new StubServer(_ => StubServer.Answer(200, answer));
        var row = await OneAsync(server, Options("fal-queue", model: "a"));
        Assert.Equal((Outcome.Failed, "bad-answer", 1), (row.Outcome, row.Reason, server.Seen.Count));
    }

    [Fact]
    public async Task A_fal_request_that_completed_with_an_error_has_failed()
    {
        await using var server = new StubServer(request => request.Method == "POST"
            ? StubServer.Answer(200, """{"request_id":"r1","status_url":"/s"}""")
            : StubServer.Answer(200, """{"status":"COMPLETED","error":"no runner","error_type":"runner_scheduling_failure"}"""));
        var row = await OneAsync(server, Options("fal-queue", model: "a"));
        Assert.Equal((Outcome.Rejected, "overload"), (row.Outcome, row.Reason));
    }

    [Theory]
    [InlineData("https://elsewhere.example/status")]
    [InlineData("//elsewhere.example/status")]
    [InlineData("http://127.0.0.1:1/status")]
    [InlineData("file:///etc/passwd")]
    public async Task An_address_that_is_not_the_service_s_own_is_refused(string address)
    {
        await using var server = new StubServer(_ => StubServer.Answer(200, $$"""{"request_id":"r1","status":"IN_QUEUE","status_url":"{{address}}"}"""));
        var row = await OneAsync(server, Options("fal-queue", model: "a"));
        Assert.Equal((Outcome.Failed, "foreign-address"), (row.Outcome, row.Reason));
        Assert.Single(server.Seen);
    }

    [Fact]
    public async Task Comfy_s_history_is_empty_until_the_graph_has_run()
    {
        var polls = 0;
        await using var server = new StubServer(request => request switch
        {
            { Method: "POST" } => StubServer.Answer(200, """{"prompt_id":"p1","number":4,"node_errors":{}}"""),
            { Path: "/queue" } => StubServer.Answer(200, """{"queue_running":[[4,"p1",{},{},["11"]]],"queue_pending":[]}"""),
            _ => Interlocked.Increment(ref polls) < 3
                ? StubServer.Answer(200, "{}")
                : StubServer.Answer(200, """{"p1":{"outputs":{},"status":{"status_str":"success","completed":true,"messages":[["execution_start",{"prompt_id":"p1","timestamp":1700000000000}],["execution_success",{"timestamp":1700000001000}]]}}}"""),
        });
        var row = await OneAsync(server, Options("comfyui"));
        Assert.Equal((Outcome.Completed, ""), (row.Outcome, row.Reason));
        Assert.Equal(["/prompt", "/history/p1", "/queue", "/history/p1", "/history/p1"], server.Seen.Select(request => request.Path));
        Assert.Contains("\"text\":\"prompt 0\"", server.Seen[0].Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[["execution_error",{"exception_type":"torch.OutOfMemoryError","timestamp":1}]]""", Outcome.Failed, "torch-outofmemoryerror")]
    [InlineData("""[["execution_interrupted",{"timestamp":1}]]""", Outcome.Abandoned, "cancelled")]
    public async Task Comfy_s_messages_say_how_a_graph_ended(string messages, Outcome outcome, string reason)
    {
        await using var server = new StubServer(request => StubServer.Answer(
            200, request.Method == "POST" ? """{"prompt_id":"p1"}""" : $$$$"""{"p1":{"status":{"status_str":"error","messages":{{{{messages}}}}}}}"""));
        var row = await OneAsync(server, Options("comfyui"));
        Assert.Equal((outcome, reason), (row.Outcome, row.Reason));
    }

    [Fact]
    public async Task A_graph_that_no_queue_holds_is_lost()
    {
        await using var server = new StubServer(request => StubServer.Answer(
            200, request.Method == "POST" ? """{"prompt_id":"p1"}""" : request.Path == "/queue" ? """{"queue_running":[],"queue_pending":[]}""" : "{}"));
        var row = await OneAsync(server, Options("comfyui", "lostAfter: 5s", "lostAfter: 300ms"));
        Assert.Equal((Outcome.Failed, "lost"), (row.Outcome, row.Reason));
    }

    [Fact]
    public async Task Giving_up_cancels_a_waiting_and_a_running_graph()
    {
        var time = new TimeOnSignal();
        await using var server = new StubServer(async (request, stop) =>
        {
            if (request.Path == "/history/p1")
            {
                // The one poll that there is stays open.
                time.Pass();
                await Task.Delay(Timeout.Infinite, stop);
            }

            return StubServer.Answer(200, request.Path switch { "/prompt" => """{"prompt_id":"p1"}""", "/queue" when request.Method == "GET" => "[\"p1\"]", _ => "{}" });
        });
        var options = Options("comfyui") with { Timeout = Duration.FromSeconds(10_000) };
        var row = Assert.Single((await TestPlay.HttpAsync(server.Url, TestPlay.Even(1, 100), options, time: time)).Rows);
        Assert.Equal((Outcome.TimedOut, "timeout"), (row.Outcome, row.Reason));
        Assert.Equal([("/queue", """{"delete":["p1"]}"""), ("/interrupt", """{"prompt_id":"p1"}""")], server.Seen.TakeLast(2).Select(request => (request.Path, request.Body)));
    }

    [Fact]
    public async Task A_job_not_found_at_first_is_asked_for_again()
    {
        var polls = 0;
        await using var server = new StubServer(request =>
            request.Method == "POST" ? StubServer.Answer(202, Job("queued"))
            : Interlocked.Increment(ref polls) < 3 ? StubServer.Answer(404, "{}")
            : StubServer.Answer(200, Job("completed")));
        var row = await OneAsync(server, Options("sglang"));
        Assert.Equal((Outcome.Completed, 4), (row.Outcome, server.Seen.Count));
    }

    [Fact]
    public async Task A_job_that_is_gone_is_lost_at_once()
    {
        await using var server = new StubServer(request => request.Method == "POST" ? StubServer.Answer(202, Job("queued")) : StubServer.Answer(410, "{}"));
        var row = await OneAsync(server, Options("sglang"));
        Assert.Equal((Outcome.Failed, "lost", 2), (row.Outcome, row.Reason, server.Seen.Count));
    }

    [Fact]
    public async Task A_service_that_asks_to_be_left_alone_is_asked_later_and_more_often_than_a_broken_one()
    {
        var polls = 0;
        await using var server = new StubServer(request =>
            request.Method == "POST" ? StubServer.Answer(202, Job("queued"))
            : Interlocked.Increment(ref polls) <= 8 ? Raw("429 Too Many Requests", "Retry-After: 0")
            : StubServer.Answer(200, Job("completed")));
        var row = await OneAsync(server, Options("sglang"));
        Assert.Equal((Outcome.Completed, 10), (row.Outcome, server.Seen.Count));
        Assert.True(row.Polled - row.Sent >= Duration.FromMilliseconds(700));
    }

    [Theory]
    [InlineData("503 Unavailable", "Retry-After: 5", "", Outcome.Rejected, "scaling-from-zero")]
    [InlineData("503 Unavailable", "X: y", "no healthy upstream", Outcome.Rejected, "scaling-from-zero")]
    [InlineData("503 Unavailable", "X: y", "overloaded", Outcome.Rejected, "503")]
    [InlineData("429 Too Many Requests", "Retry-After: 5", "", Outcome.Rejected, "429")]
    [InlineData("307 Temporary Redirect", "Location: /elsewhere", "", Outcome.Failed, "redirect")]
    public async Task A_refusal_at_the_door_says_why(string status, string header, string body, Outcome outcome, string reason)
    {
        await using var server = new StubServer(_ => Raw(status, header, body));
        foreach (var protocol in (string[])["vllm-omni", "sglang", "mlcommons-generations", "kserve-v2", "comfyui"])
        {
            var row = await OneAsync(server, Options(protocol));
            Assert.Equal((outcome, reason, 1), (row.Outcome, row.Reason, row.Attempts));
        }
    }

    [Fact]
    public async Task A_call_is_sent_again_where_the_protocol_says_so()
    {
        var posts = 0;
        await using var server = new StubServer(_ => Interlocked.Increment(ref posts) < 3 ? Raw("503 Unavailable", "Retry-After: 0") : StubServer.Answer(200, "{}"));
        var options = Options("kserve-v2", "submit:", "submit:\n  retry: { on: [503], for: 10s, pause: 20ms }");
        var row = await OneAsync(server, options);
        Assert.Equal((Outcome.Completed, 3), (row.Outcome, row.Attempts));
        Assert.Single(server.Seen.Select(request => request.Body).Distinct());
        Assert.True(row.Accepted - row.Sent > Duration.Zero);
    }

    [Fact]
    public async Task Sending_again_ends_with_its_time_and_with_the_user_s_patience()
    {
        await using var server = new StubServer(_ => Raw("503 Unavailable", "X: y"));
        var clock = new CountedClock();
        await using var target = HttpTarget.Create(Options("kserve-v2", "submit:", "submit:\n  retry: { on: [503], for: 200ms, pause: 50ms }"), server.Url, ClockMap.Learned());
        var brief = Assert.Single((await TestPlay.PlayAsync(TestPlay.Even(1, 100), target, clock, new PlayOptions())).Rows);
        Assert.Equal((Outcome.Rejected, "503"), (brief.Outcome, brief.Reason));
        Assert.InRange(brief.Attempts, 2, 5);
        var left = await OneAsync(server, Options("kserve-v2", "submit:", "submit:\n  retry: { on: [503], for: 60s, pause: 50ms }"), call => call with { Patience = Duration.FromMilliseconds(200) });
        Assert.Equal((Outcome.Abandoned, "patience"), (left.Outcome, left.Reason));
    }

    [Theory]
    [InlineData("/moved", Outcome.Completed, "")]
    [InlineData("http://elsewhere.example/moved", Outcome.Failed, "redirect")]
    [InlineData("https://127.0.0.1/moved", Outcome.Failed, "redirect")]
    [InlineData("/again", Outcome.Failed, "redirect")]
    public async Task A_poll_follows_a_redirect_on_its_own_host_alone(string location, Outcome outcome, string reason)
    {
        await using var server = new StubServer(request =>
            request.Method == "POST" ? StubServer.Answer(202, Job("queued"))
            : request.Path == "/moved" ? StubServer.Answer(200, Job("completed"))
            : Raw("302 Found", $"Location: {location}"));
        var row = await OneAsync(server, Options("sglang"));
        Assert.Equal((outcome, reason), (row.Outcome, row.Reason));
        Assert.True(server.Seen.Count <= 5);
    }

    [Fact]
    public async Task A_slow_body_ends_with_the_call_s_limit()
    {
        await using var server = new StubServer(async (request, stop) =>
        {
            if (request.Method == "POST")
            {
                return StubServer.Answer(202, Job("queued"));
            }

            await Task.Delay(50, stop);
            return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"u8.ToArray();
        });
        var row = await OneAsync(server, Options("sglang") with { Timeout = Duration.FromMilliseconds(300) });
        Assert.Equal((Outcome.TimedOut, "timeout"), (row.Outcome, row.Reason));
    }

    [Theory]
    [InlineData("sglang", "", "Authorization: Bearer the-key")]
    [InlineData("fal-queue", "", "Authorization: Key the-key")]
    [InlineData("sglang", "X-Api-Key", "X-Api-Key: the-key")]
    public async Task A_key_is_shown_as_the_service_wants_it(string protocol, string header, string line)
    {
        var variable = "LOADLAB_TEST_KEY_" + Guid.NewGuid().ToString("N");
        Environment.SetEnvironmentVariable(variable, "the-key");
        await using var server = new StubServer(request => request.Method == "POST" ? StubServer.Answer(202, """{"id":"j","request_id":"j","status_url":"/s"}""") : StubServer.Answer(200, """{"status":"failed"}"""));
        var options = Options(protocol, model: "m") with { KeyVariable = variable };
        var row = await OneAsync(server, header.Length == 0 ? options : options with { KeyHeader = header, KeyScheme = "" });
        Assert.Equal(2, server.Seen.Count);
        Assert.All(server.Seen, request => Assert.Contains(line, request.Headers));
        Assert.DoesNotContain("the-key", row.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stamp_in_whole_seconds_narrows_the_polls_and_does_not_replace_them()
    {
        // The clip is done 1.2 s after it was asked for; the polls are answered rarely.
        var started = DateTimeOffset.MinValue;
        long? done = null;
        await using var server = new StubServer(async (request, stop) =>
        {
            var now = DateTimeOffset.UtcNow;
            if (request.Method == "POST")
            {
                started = now;
                return StubServer.Answer(202, $$"""{"id":"j","status":"queued","created_at":{{now.ToUnixTimeSeconds()}}}""");
            }

            await Task.Delay(700, stop);
            now = DateTimeOffset.UtcNow;
            if (now - started < TimeSpan.FromSeconds(1.2))
            {
                return StubServer.Answer(200, """{"id":"j","status":"in_progress"}""");
            }

            done ??= started.AddSeconds(1.2).ToUnixTimeSeconds();
            return StubServer.Answer(200, $$"""{"id":"j","status":"completed","created_at":{{started.ToUnixTimeSeconds()}},"completed_at":{{done}}}""");
        });
        var row = await OneAsync(server, Options("openai-videos"));
        Assert.Equal(Outcome.Completed, row.Outcome);
        Assert.True(row.Completed <= row.Polled && row.PollError > Duration.Zero && row.PollError <= row.Polled - row.Sent);

        // The start lies between the sending and its answer; 1.2 s after it lies in what is left.
        var (earliest, latest) = (1.2, 1.2 + (row.Accepted!.Value - row.Sent!.Value).Seconds);
        Assert.True((row.Completed!.Value - row.PollError!.Value - row.Sent!.Value).Seconds - 0.1 <= latest, $"{row}");
        Assert.True((row.Completed.Value - row.Sent.Value).Seconds + 0.1 >= earliest, $"{row}");
    }

    [Fact]
    public async Task Every_wait_goes_by_the_target_s_own_time()
    {
        var polls = 0;
        await using var server = new StubServer(request =>
            request.Method == "POST" ? StubServer.Answer(202, Job("queued"))
            : Interlocked.Increment(ref polls) <= 10 ? Raw("503 Unavailable", "Retry-After: 30")
            : StubServer.Answer(200, Job("completed")));
        var clock = new Pacing.PreciseWaiter(MonotonicClock.StartNow());
        await using var target = HttpTarget.Create(Options("sglang") with { Timeout = Duration.FromSeconds(200_000) }, server.Url, ClockMap.Learned(), new HastyTime());
        var (_, rows) = await TestPlay.PlayAsync(TestPlay.Even(1, 100), target, clock, new PlayOptions());

        // Five minutes of pauses pass in 0.3 s, and a limit of 200,000 s is 200 s away.
        Assert.Equal(Outcome.Completed, rows[0].Outcome);
        Assert.True(rows[0].Polled - rows[0].Sent < Duration.FromSeconds(200));
        await using var impatient = HttpTarget.Create(Options("sglang") with { Timeout = Duration.FromSeconds(100) }, server.Url, ClockMap.Learned(), new HastyTime());
        polls = -1000;
        Assert.Equal("timeout", (await TestPlay.PlayAsync(TestPlay.Even(1, 100), impatient, clock, new PlayOptions())).Rows[0].Reason);
        clock.Dispose();
    }

    /// <summary>Twenty milliseconds pass between two looks, however long they take.</summary>
    private sealed class CountedClock : Pacing.IPacer
    {
        private long _looks;

        public Instant Now => new(Interlocked.Increment(ref _looks) * 20_000_000);

        public void WaitUntil(Instant at, CancellationToken stop)
        {
        }
    }

    /// <summary>A thousand seconds in one.</summary>
    private sealed class HastyTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / 1000 : dueTime, period);
    }

    private static string Job(string status) => $$"""{"id":"j","status":"{{status}}"}""";

    private static byte[] Raw(string status, string header, string body = "") =>
        Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{header}\r\nContent-Type: text/plain\r\nContent-Length: {body.Length}\r\n\r\n{body}");

    private static TargetOptions Options(string protocol, string model = "m") => new() { Kind = TargetKind.Http, Protocol = TargetProtocol.Shipped(protocol), Model = model, Timeout = Duration.FromSeconds(120) };

    /// <summary>A shipped protocol with one line changed.</summary>
    private static TargetOptions Options(string protocol, string line, string changed)
    {
        var folder = Directory.CreateTempSubdirectory("loadlab-protocol-").FullName;
        try
        {
            foreach (var file in Directory.GetFiles(Checkout.At("Scenarios", "protocols")))
            {
                var text = File.ReadAllText(file);
                File.WriteAllText(Path.Combine(folder, Path.GetFileName(file)), Path.GetFileNameWithoutExtension(file) == protocol ? text.Replace(line, changed, StringComparison.Ordinal) : text);
            }

            return Options(protocol) with { Protocol = TargetProtocol.Read(Path.Combine(folder, protocol + ".yaml")) };
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<CallRecord> OneAsync(StubServer server, TargetOptions options, Func<ScheduledCall, ScheduledCall>? change = null) =>
        Assert.Single((await TestPlay.HttpAsync(server.Url, TestPlay.Even(1, 100, change), options)).Rows);
}
