using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using LoadLab.Tensors;

namespace LoadLab.Model.Server.Tests;

public sealed class GenerationsTests
{
    private const string Path = "/v1/videos/generations";

    [Fact]
    public async Task The_answer_names_the_clip_and_carries_the_clocks()
    {
        await using var server = await RunningServer.StartAsync();

        // The fields that MLCommons' client sends, absent ones as null.
        using var response = await server.PostAsync(
            """{"prompt":"a cat","negative_prompt":"","size":"64x64","seconds":0.5,"fps":16,"num_inference_steps":4,"guidance_scale":4.0,"guidance_scale_2":3.0,"seed":42,"num_frames":null,"boundary_ratio":null,"latent_path":null,"output_format":"auto","response_format":"video_path"}""",
            Path);
        var job = await response.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(job.GetProperty("id").GetString(), job.GetProperty("video_id").GetString());
        Assert.StartsWith("YUV4MPEG2", await File.ReadAllTextAsync(job.GetProperty("video_path").GetString()!), StringComparison.Ordinal);
        Assert.True(job.GetProperty("clocks").GetProperty("completed_ns").GetInt64() > job.GetProperty("clocks").GetProperty("received_ns").GetInt64());
    }

    [Fact]
    public async Task The_clip_itself_comes_when_asked_for()
    {
        await using var server = await RunningServer.StartAsync();

        using var response = await server.PostAsync("""{"prompt":"a cat","response_format":"b64_json"}""", Path);
        var job = await response.Content.ReadFromJsonAsync<JsonElement>();

        Assert.StartsWith("YUV4MPEG2", Encoding.Latin1.GetString(job.GetProperty("b64_json").GetBytesFromBase64()), StringComparison.Ordinal);
        Assert.False(job.TryGetProperty("video_path", out _));
    }

    [Theory]
    [InlineData("64x64", 5)]
    [InlineData("96x96", 9)]
    [InlineData("256x256", 1)]
    public async Task The_clip_that_comes_is_the_clip_that_can_be_fetched(string size, int frames)
    {
        await using var server = await RunningServer.StartAsync();

        using var response = await server.PostAsync($$"""{"prompt":"a cat","response_format":"b64_json","size":"{{size}}","num_frames":{{frames}}}""", Path);
        var job = await response.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal(await server.Client.GetByteArrayAsync($"/v1/videos/{job.GetProperty("id").GetString()}/content"), job.GetProperty("b64_json").GetBytesFromBase64());
    }

    [Theory]
    [InlineData("""{"prompt":"a","latent_path":"/tmp/x"}""", "latent_path")]
    [InlineData("""{"prompt":"a","boundary_ratio":0.9}""", "boundary_ratio")]
    [InlineData("""{"prompt":"a","response_format":"url"}""", "response_format")]
    [InlineData("""{"prompt":"a","output_format":"gif"}""", "output_format")]
    [InlineData("""{"prompt":"a","output_format":"mp4"}""", "output_format")]
    public async Task What_the_server_cannot_do_is_refused_by_name(string json, string field)
    {
        await using var server = await RunningServer.StartAsync();

        using var response = await server.PostAsync(json, Path);

        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(field, Assert.Single(problem.GetProperty("errors").EnumerateArray()).GetProperty("field").GetString());
    }

    [Fact]
    public async Task A_failed_job_is_a_problem_with_its_code_and_clocks()
    {
        await using var server = await RunningServer.StartAsync(worker: new ScriptedWorker { TextFault = new OutOfDeviceMemoryException(1, 2, 3) });

        using var response = await server.PostAsync("""{"prompt":"a cat"}""", Path);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("out-of-memory", problem.GetProperty("code").GetString());
        Assert.Equal("failed", problem.GetProperty("job").GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_client_that_leaves_gives_its_job_up()
    {
        var worker = new ScriptedWorker();
        await using var server = await RunningServer.StartAsync(worker: worker);
        worker.StepGate.Reset();
        using var leave = new CancellationTokenSource();
        var call = server.Client.PostAsync(Path, new StringContent("""{"prompt":"a","num_inference_steps":50}""", Encoding.UTF8, "application/json"), leave.Token);
        while (worker.StepsTaken == 0)
        {
            await Task.Delay(5);
        }

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        while (!(await server.Client.GetStringAsync("/metrics")).Contains("outcome=\"abandoned\"", StringComparison.Ordinal))
        {
            await Task.Delay(5);
        }

        worker.StepGate.Set();
        await server.EndOf(await server.SubmitAsync());
        Assert.Equal(5, worker.StepsTaken);
    }
}
