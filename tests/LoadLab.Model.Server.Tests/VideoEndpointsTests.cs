using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using LoadLab.Core.Runs;
using LoadLab.Model.Video;
using LoadLab.Serving;
using LoadLab.Serving.Journal;
using LoadLab.Tensors;

namespace LoadLab.Model.Server.Tests;

public sealed class VideoEndpointsTests
{
    [Fact]
    public async Task A_job_is_accepted_and_completes_with_clocks_in_order()
    {
        await using var server = await RunningServer.StartAsync();

        using var response = await server.PostAsync("""{"prompt":"a cat"}""");
        var accepted = await response.Content.ReadFromJsonAsync<JsonElement>();
        var id = accepted.GetProperty("id").GetString()!;
        var job = await server.EndOf(id);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal($"/v1/videos/{id}", response.Headers.Location!.ToString());
        Assert.Equal(("video", "completed", 100), (job.GetProperty("object").GetString(), job.GetProperty("status").GetString(), job.GetProperty("progress").GetInt32()));
        Assert.Equal((4, 1, 1, 0), (job.GetProperty("step").GetInt32(), job.GetProperty("attempts").GetInt32(), job.GetProperty("batch_size").GetInt32(), job.GetProperty("replica").GetInt32()));
        Assert.Equal(JsonValueKind.Null, job.GetProperty("error").ValueKind);
        var clocks = job.GetProperty("clocks");
        var times = new[] { "received_ns", "queued_ns", "started_ns", "text_ns", "denoise_ns", "decode_ns", "completed_ns" }.Select(name => clocks.GetProperty(name).GetInt64()).ToList();
        Assert.Equal(times.Order(), times);
        Assert.True(times[0] > 0);
    }

    [Fact]
    public async Task Progress_counts_denoise_steps()
    {
        var worker = new ScriptedWorker();
        await using var server = await RunningServer.StartAsync(worker: worker);
        worker.StepGate.Reset();
        var id = await server.SubmitAsync();

        var running = await server.StatusOf(id, "in_progress");
        worker.StepGate.Set();
        var ended = await server.EndOf(id);

        Assert.Equal((0, 0), (running.GetProperty("step").GetInt32(), running.GetProperty("progress").GetInt32()));
        Assert.Equal(4, ended.GetProperty("step").GetInt32());
    }

    [Fact]
    public async Task A_long_poll_returns_when_its_time_is_up()
    {
        var worker = new ScriptedWorker();
        await using var server = await RunningServer.StartAsync(worker: worker);
        worker.StepGate.Reset();
        var id = await server.SubmitAsync();

        var job = await server.GetAsync($"/v1/videos/{id}?wait=20ms");

        Assert.NotEqual("completed", job.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_long_poll_returns_when_the_job_ends()
    {
        var worker = new ScriptedWorker();
        await using var server = await RunningServer.StartAsync(worker: worker);
        worker.StepGate.Reset();
        var id = await server.SubmitAsync();

        var poll = server.GetAsync($"/v1/videos/{id}?wait=60s");
        worker.StepGate.Set();

        Assert.Equal("completed", (await poll).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("61s")]
    [InlineData("30")]
    [InlineData("-1s")]
    public async Task A_wait_that_is_no_duration_up_to_a_minute_is_refused(string wait)
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.SubmitAsync();

        using var response = await server.Client.GetAsync($"/v1/videos/{id}?wait={wait}");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_full_queue_is_429_with_a_time_to_come_back()
    {
        var worker = new ScriptedWorker();
        await using var server = await RunningServer.StartAsync(worker: worker);
        await server.ReadyAsync();
        worker.StepGate.Reset();
        await server.StatusOf(await server.SubmitAsync(), "in_progress");
        await server.SubmitAsync();
        await server.SubmitAsync();

        using var response = await server.PostAsync("""{"prompt":"one too many"}""");

        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.True(response.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
        Assert.Equal("429", problem.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_queued_job_is_cancelled_at_once_and_never_starts()
    {
        var worker = new ScriptedWorker();
        await using var server = await RunningServer.StartAsync(worker: worker);
        worker.StepGate.Reset();
        var running = await server.SubmitAsync();
        await server.StatusOf(running, "in_progress");
        var queued = await server.SubmitAsync();

        using var response = await server.Client.DeleteAsync($"/v1/videos/{queued}");
        var job = await server.EndOf(queued);
        worker.StepGate.Set();
        await server.EndOf(running);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(("cancelled", "cancelled"), (job.GetProperty("status").GetString(), job.GetProperty("error").GetProperty("code").GetString()));
        Assert.Single(worker.Opened);
    }

    [Fact]
    public async Task A_running_job_is_cancelled_and_its_batch_stops_at_the_next_step()
    {
        var worker = new ScriptedWorker();
        await using var server = await RunningServer.StartAsync(worker: worker);
        worker.StepGate.Reset();
        var id = await server.SubmitAsync("""{"prompt":"a cat","num_inference_steps":50}""");
        await server.StatusOf(id, "in_progress");

        await server.Client.DeleteAsync($"/v1/videos/{id}");
        var job = await server.EndOf(id);
        worker.StepGate.Set();
        await server.EndOf(await server.SubmitAsync("""{"prompt":"the next one"}"""));

        Assert.Equal("cancelled", job.GetProperty("status").GetString());
        // The step under way, if it had begun, and the four of the next job.
        Assert.InRange(worker.StepsTaken, 4, 5);
    }

    [Fact]
    public async Task Out_of_memory_fails_the_job_and_not_the_server()
    {
        var worker = new ScriptedWorker { TextFault = new OutOfDeviceMemoryException(10, 995, 1000) };
        await using var server = await RunningServer.StartAsync(worker: worker);

        var failed = await server.EndOf(await server.SubmitAsync());
        var next = await server.EndOf(await server.SubmitAsync());

        Assert.Equal(("failed", "out-of-memory"), (failed.GetProperty("status").GetString(), failed.GetProperty("error").GetProperty("code").GetString()));
        Assert.Contains("995 of 1000 bytes", failed.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("completed", next.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Any_other_fault_of_a_batch_is_the_error_of_its_job()
    {
        var worker = new ScriptedWorker { TextFault = new InvalidDataException("weights\nare odd") };
        await using var server = await RunningServer.StartAsync(worker: worker);

        var failed = await server.EndOf(await server.SubmitAsync());

        Assert.Equal(("error", "InvalidDataException: weights are odd"), (failed.GetProperty("error").GetProperty("code").GetString(), failed.GetProperty("error").GetProperty("message").GetString()));
    }

    [Fact]
    public async Task The_clip_of_a_completed_job_is_a_y4m_file()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.SubmitAsync("""{"prompt":"a cat","size":"64x32","num_frames":5,"fps":12}""");
        await server.EndOf(id);

        using var response = await server.Client.GetAsync($"/v1/videos/{id}/content");
        var bytes = await response.Content.ReadAsByteArrayAsync();

        var header = Encoding.ASCII.GetString(bytes, 0, Array.IndexOf(bytes, (byte)'\n'));
        Assert.Equal("video/x-yuv4mpeg", response.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("YUV4MPEG2 W64 H32 F12:1 ", header, StringComparison.Ordinal);
        Assert.Equal(header.Length + 1 + (5 * ("FRAME\n".Length + (64 * 32 * 3 / 2))), bytes.Length);
    }

    [Fact]
    public async Task The_clip_comes_as_mp4_where_ffmpeg_is_and_406_where_it_is_not()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.SubmitAsync();
        await server.EndOf(id);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/videos/{id}/content");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("video/mp4"));

        using var response = await server.Client.SendAsync(request);
        var bytes = await response.Content.ReadAsByteArrayAsync();

        if (Mp4Encoder.FindFfmpeg() is null)
        {
            Assert.Equal(HttpStatusCode.NotAcceptable, response.StatusCode);
        }
        else
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("ftyp", Encoding.ASCII.GetString(bytes, 4, 4));
        }
    }

    [Fact]
    public async Task Content_before_the_end_is_409_and_of_an_unknown_job_404()
    {
        var worker = new ScriptedWorker();
        await using var server = await RunningServer.StartAsync(worker: worker);
        worker.StepGate.Reset();
        var id = await server.SubmitAsync();

        using var early = await server.Client.GetAsync($"/v1/videos/{id}/content");
        using var unknown = await server.Client.GetAsync("/v1/videos/video-00000000-0/content");

        Assert.Equal(HttpStatusCode.Conflict, early.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task Deleting_an_ended_job_drops_its_clip()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.SubmitAsync();
        await server.EndOf(id);

        using var deleted = await server.Client.DeleteAsync($"/v1/videos/{id}");
        using var content = await server.Client.GetAsync($"/v1/videos/{id}/content");

        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, content.StatusCode);
    }

    [Fact]
    public async Task Clips_past_their_bytes_are_gone_the_oldest_first()
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { MaxClipBytes = 40_000 });
        var first = await server.SubmitAsync();
        await server.EndOf(first);
        var second = await server.SubmitAsync();
        await server.EndOf(second);

        // One clip of 64x64 and 5 frames is 31 KB.
        using var gone = await server.Client.GetAsync($"/v1/videos/{first}/content");
        using var kept = await server.Client.GetAsync($"/v1/videos/{second}/content");

        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Equal(HttpStatusCode.OK, kept.StatusCode);
    }

    [Fact]
    public async Task A_path_or_method_that_is_not_there_is_a_problem_document()
    {
        await using var server = await RunningServer.StartAsync();

        using var path = await server.Client.GetAsync("/v2");
        using var method = await server.Client.PutAsync("/v1/videos", null);

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed), (path.StatusCode, method.StatusCode));
        Assert.Equal("application/problem+json", path.Content.Headers.ContentType!.MediaType);
        Assert.Equal("application/problem+json", method.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Many_clients_at_once_each_get_exactly_one_end()
    {
        using var folder = new TemporaryFolder();
        var outcomes = new List<string>();
        double counted;
        await using (var server = await RunningServer.StartAsync(RunningServer.Options with { RunFolder = folder.Path, Serving = new ServingOptions { QueueLimit = 20 } }))
        {
            outcomes.AddRange(await Task.WhenAll(Enumerable.Range(0, 200).Select(call => OneCall(server, cancels: call % 5 == 0))));
            var page = PrometheusReader.Read(await server.Client.GetStringAsync("/metrics"));
            counted = page.Samples.Where(sample => sample.Key.StartsWith("loadlab_jobs_total", StringComparison.Ordinal)).Sum(sample => sample.Value);
        }

        Assert.Equal(200, counted);
        Assert.All(outcomes, outcome => Assert.Contains(outcome, (string[])["completed", "cancelled", "429"]));
        Assert.True(JournalReplay.Verify(folder.File(RunFolder.DecisionsName)).Identical);
    }

    private static async Task<string> OneCall(RunningServer server, bool cancels)
    {
        using var response = await server.PostAsync("""{"prompt":"one of many"}""");
        if (response.StatusCode != HttpStatusCode.Accepted)
        {
            return $"{(int)response.StatusCode}";
        }

        var id = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        if (cancels)
        {
            using var deleted = await server.Client.DeleteAsync($"/v1/videos/{id}");
        }

        return (await server.EndOf(id)).GetProperty("status").GetString()!;
    }

    [Fact]
    public async Task Jobs_of_a_burst_are_served_first_come_first()
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { Serving = new ServingOptions { QueueLimit = 100 } });
        var ids = new List<string>();
        for (var i = 0; i < 30; i++)
        {
            ids.Add(await server.SubmitAsync($$"""{"prompt":"clip {{i}}"}"""));
        }

        foreach (var id in ids)
        {
            Assert.Equal("completed", (await server.EndOf(id)).GetProperty("status").GetString());
        }

        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"clip {i}"), server.Worker.Opened.Select(task => task.Job.Prompt));
    }
}
