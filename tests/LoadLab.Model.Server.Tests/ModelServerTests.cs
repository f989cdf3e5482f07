using System.IO.Pipes;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Model.Server.Http;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Tests;

public sealed class ModelServerTests
{
    // Nothing is allocated by a check.
    private const long Roomy = 1L << 40;

    private static readonly HttpLimits s_onePoll = new() { LongPolls = 1 };

    [Fact]
    public async Task A_preloading_server_listens_at_once_and_is_ready_when_the_model_is_loaded()
    {
        var worker = new ScriptedWorker();
        worker.LoadGate.Reset();
        await using var server = await RunningServer.StartAsync(worker: worker);

        using var alive = await server.Client.GetAsync("/healthz");
        using var early = await server.Client.GetAsync("/readyz");
        worker.LoadGate.Set();
        await server.ReadyAsync();

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable), (alive.StatusCode, early.StatusCode));
        Assert.Contains("\"status\":\"loading\"", await early.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.True((await server.GetAsync("/readyz")).GetProperty("model_loaded").GetBoolean());
    }

    [Fact]
    public async Task A_lazy_server_is_ready_without_the_model_and_loads_it_for_the_first_job()
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { Serving = new ServingOptions { Preload = false } });
        await server.ReadyAsync();
        var before = (await server.GetAsync("/readyz")).GetProperty("model_loaded").GetBoolean();

        var job = await server.EndOf(await server.SubmitAsync());

        Assert.False(before);
        Assert.Equal("completed", job.GetProperty("status").GetString());
        Assert.True((await server.GetAsync("/readyz")).GetProperty("model_loaded").GetBoolean());
    }

    [Fact]
    public async Task A_failed_preload_is_told_by_readyz_and_tried_again_for_the_next_job()
    {
        await using var server = await RunningServer.StartAsync(worker: new ScriptedWorker { LoadFault = new InvalidDataException("no weights") });
        string answer;
        do
        {
            using var response = await server.Client.GetAsync("/readyz");
            answer = await response.Content.ReadAsStringAsync();
        }
        while (answer.Contains("loading", StringComparison.Ordinal));

        var job = await server.EndOf(await server.SubmitAsync());

        Assert.Contains("no weights", answer, StringComparison.Ordinal);
        Assert.Equal("completed", job.GetProperty("status").GetString());
    }

    [Fact]
    public async Task The_server_stops_when_its_parents_pipe_ends()
    {
        using var parent = new AnonymousPipeServerStream(PipeDirection.Out);
        using var child = new AnonymousPipeClientStream(PipeDirection.In, parent.ClientSafePipeHandle);
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { Lifeline = child });
        await parent.WriteAsync(new byte[] { 1, 2, 3 });
        await server.EndOf(await server.SubmitAsync());
        Assert.False(server.Run.IsCompleted);

        parent.Dispose();

        await server.Run.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task Stopping_lets_the_running_job_end_and_fails_the_waiting_ones()
    {
        var worker = new ScriptedWorker();
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { DrainLimit = TimeSpan.FromMinutes(2) }, worker);
        worker.StepGate.Reset();
        var running = await server.SubmitAsync();
        await server.StatusOf(running, "in_progress");
        var waiting = await server.SubmitAsync();
        var end = server.EndOf(running);
        var waitingEnd = server.EndOf(waiting);

        var stop = server.StopAsync();
        var refused = await waitingEnd;
        using var late = await server.PostAsync("""{"prompt":"late"}""");
        worker.StepGate.Set();

        Assert.Equal("completed", (await end).GetProperty("status").GetString());
        Assert.Equal("shutdown", refused.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, late.StatusCode);
        await stop;
        Assert.True(worker.Disposed);
    }

    [Fact]
    public async Task Stopping_cancels_a_batch_that_takes_longer_than_it_is_given()
    {
        var worker = new ScriptedWorker { StepTime = TimeSpan.FromSeconds(1) };
        using var folder = new TemporaryFolder();
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { RunFolder = folder.Path, DrainLimit = TimeSpan.FromMilliseconds(20), Http = s_onePoll }, worker);
        var id = await server.SubmitAsync("""{"prompt":"a","num_inference_steps":50}""");
        await server.StatusOf(id, "in_progress");
        var end = await PolledAsync(server, id);

        await server.StopAsync();

        var error = (await end).GetProperty("error");
        Assert.Equal("shutdown", error.GetProperty("code").GetString());
        Assert.StartsWith("the server stopped while the job ran", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.InRange(worker.StepsTaken, 0, 20);
        Assert.EndsWith("\"type\":\"ReplicaLost\",\"replica\":0,\"cause\":\"released\"}", (await File.ReadAllLinesAsync(folder.File(RunFolder.DecisionsName)))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopping_does_not_wait_for_a_step_that_never_ends()
    {
        var worker = new ScriptedWorker();
        var limit = TimeSpan.FromMilliseconds(20);
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { DrainLimit = limit, StopLimit = limit, Http = s_onePoll }, worker);
        worker.StepGate.Reset();
        var id = await server.SubmitAsync();
        await server.StatusOf(id, "in_progress");
        var poll = await PolledAsync(server, id);

        await server.StopAsync();

        Assert.Equal("in_progress", (await poll).GetProperty("status").GetString());
        Assert.False(worker.Disposed);
    }

    [Fact]
    public async Task With_a_key_only_its_holder_gets_in()
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { Key = "0123456789abcdef" });

        using var without = await server.Client.GetAsync("/metrics");
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "0123456789abcdeF");
        using var wrong = await server.Client.GetAsync("/metrics");
        using var alive = await server.Client.GetAsync("/healthz");
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "0123456789abcdef");
        using var right = await server.Client.GetAsync("/metrics");

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (without.StatusCode, wrong.StatusCode));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (alive.StatusCode, right.StatusCode));
    }

    [Fact]
    public async Task Without_a_key_only_names_of_this_machine_are_served()
    {
        await using var server = await RunningServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Host = "rebound.example";

        using var foreign = await server.Client.SendAsync(request);
        using var local = await server.Client.GetAsync($"http://localhost:{server.Client.BaseAddress!.Port}/metrics");

        Assert.Equal((HttpStatusCode.MisdirectedRequest, HttpStatusCode.OK), (foreign.StatusCode, local.StatusCode));
    }

    [Fact]
    public async Task Bad_options_are_all_reported_before_anything_starts()
    {
        var options = new ModelServerOptions { Model = "wan3", Threads = 0, MemoryBytes = 0, Port = 70_000, Bind = IPAddress.Any, RunFolder = "/does/not/exist" };

        var refused = await Assert.ThrowsAsync<InputException>(() => ModelServer.RunAsync(options, CancellationToken.None));

        Assert.Equal(["model", "threads", "memory", "port", "bind", "run-dir"], refused.Problems.Select(problem => problem.Field));
    }

    [Fact]
    public async Task A_taken_port_ends_the_server_with_an_error()
    {
        await using var first = await RunningServer.StartAsync();

        await Assert.ThrowsAsync<IOException>(() => RunningServer.StartAsync(RunningServer.Options with { Port = first.Client.BaseAddress!.Port }));
    }

    [Fact]
    public async Task Samples_of_replica_and_queue_are_written_while_it_runs()
    {
        using var folder = new TemporaryFolder();
        await using (var server = await RunningServer.StartAsync(RunningServer.Options with { RunFolder = folder.Path, SampleRateHz = 100 }))
        {
            for (var i = 0; i < 3; i++)
            {
                await server.EndOf(await server.SubmitAsync());
            }

            while (SamplesFile.Read(folder.File(SamplesFile.ServerName)).All(sample => sample.Metric != "busy"))
            {
                await Task.Delay(20);
            }
        }

        var samples = SamplesFile.Read(folder.File(SamplesFile.ServerName));

        Assert.Equal(
            ["replica0 arena.capacity", "replica0 arena.live", "replica0 arena.peak", "replica0 busy", "server jobs.running", "server queue.length"],
            samples.Select(sample => $"{sample.Source} {sample.Metric}").Distinct().Order(StringComparer.Ordinal));
        Assert.Contains(samples, sample => sample is { Metric: "arena.live", Value: 600, Unit: "bytes" });
        Assert.All(samples.Where(sample => sample.Metric == "busy"), sample => Assert.InRange(sample.Value, 0, 1));
    }

    [Fact]
    public void A_full_model_without_its_checkpoint_is_refused_in_one_message_that_says_what_goes_where()
    {
        using var folder = new TemporaryFolder();
        var refusal = Assert.Throws<InputException>(() => ModelServer.Check(RunningServer.Options with { Model = "wan2.2-t2v-a14b", WeightsFolder = folder.Path, MemoryBytes = Roomy }));
        var problem = Assert.Single(refusal.Problems);
        Assert.Equal(("weights", folder.Path), (problem.Field, problem.Value));
        string[] parts =
        [
            "text encoder of wan2.2-t2v-a14b; expected models_t5_umt5-xxl-enc-bf16.safetensors", "high-noise transformer of wan2.2-t2v-a14b; expected the folder high_noise_model",
            "low-noise transformer of wan2.2-t2v-a14b; expected the folder low_noise_model", "VAE of wan2.2-t2v-a14b; expected Wan2.1_VAE.safetensors", "no tokenizer.json; put umT5's there",
        ];
        Assert.All(parts, part => Assert.Contains(part, problem.Fix, StringComparison.Ordinal));
        Assert.Contains("or write drawn", problem.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wan2.2-ti2v-5b")]
    [InlineData("wan2.2-t2v-a14b")]
    [InlineData("wan2.2-ti2v-5b-pico")]
    public void Every_model_is_served_with_drawn_weights(string model) =>
        Assert.Equal(model, ModelServer.Check(RunningServer.Options with { Model = model, WeightsFolder = "/nowhere", DrawWeights = true, MemoryBytes = Roomy })[0].Name);

    [Fact]
    public async Task A_server_with_random_weights_says_so_wherever_it_describes_itself()
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { DrawWeights = true });
        await server.ReadyAsync();
        Assert.Equal("random weights, drawn on the device", (await server.GetAsync("/readyz")).GetProperty("weights").GetString());
        Assert.Contains("weights=\"random weights, drawn on the device\"", await server.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    /// <summary>A poll for a job's end that the server has: there is room for one, and another finds none.</summary>
    private static async Task<Task<JsonElement>> PolledAsync(RunningServer server, string id)
    {
        while (true)
        {
            var end = server.Client.GetAsync($"/v1/videos/{id}?wait=60s");
            while (!end.IsCompleted)
            {
                using var other = await server.Client.GetAsync($"/v1/videos/{id}?wait=1ms");
                if (other.StatusCode == HttpStatusCode.TooManyRequests)
                {
                    return JobOf(end);
                }
            }

            // The other one had the place.
            (await end).Dispose();
        }
    }

    private static async Task<JsonElement> JobOf(Task<HttpResponseMessage> answer)
    {
        using var response = await answer;
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }
}
