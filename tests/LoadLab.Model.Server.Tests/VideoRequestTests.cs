using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Sampling;

namespace LoadLab.Model.Server.Tests;

public sealed class VideoRequestTests
{
    [Theory]
    [InlineData("{}", "prompt", "is missing")]
    [InlineData("""{"prompt":" "}""", "prompt", "is empty")]
    [InlineData("""{"prompt":5}""", "prompt", "is not a text")]
    [InlineData("""{"prompt":"a","negative_prompt":[]}""", "negative_prompt", "is not a text")]
    [InlineData("""{"prompt":"a","model":"other"}""", "model", "is not served here")]
    [InlineData("""{"prompt":"a","size":"64"}""", "size", "is not a size")]
    [InlineData("""{"prompt":"a","size":"65x64"}""", "size", "is not accepted")]
    [InlineData("""{"prompt":"a","num_frames":6}""", "num_frames", "is not accepted")]
    [InlineData("""{"prompt":"a","num_frames":1.5}""", "num_frames", "is not a whole number")]
    [InlineData("""{"prompt":"a","seconds":100,"fps":24}""", "seconds", "is not accepted")]
    [InlineData("""{"prompt":"a","seconds":1,"num_frames":5}""", "seconds", "stands beside num_frames")]
    [InlineData("""{"prompt":"a","fps":0}""", "fps", "is not a whole number")]
    [InlineData("""{"prompt":"a","num_inference_steps":51}""", "num_inference_steps", "is not accepted")]
    [InlineData("""{"prompt":"a","guidance_scale":0.5}""", "guidance_scale", "is not a number in range")]
    [InlineData("""{"prompt":"a","guidance_scale_2":"3"}""", "guidance_scale_2", "is not a number in range")]
    [InlineData("""{"prompt":"a","seed":-1}""", "seed", "is not a whole number")]
    [InlineData("""{"prompt":"a","user":{}}""", "user", "is not a text")]
    [InlineData("""{"prompt":"a","service_tier":7}""", "service_tier", "is not a text")]
    [InlineData("""{"prompt":"a","deadline_ms":0}""", "deadline_ms", "is not a number in range")]
    [InlineData("""{"prompt":"a","quality":"draft"}""", "quality", "is not known")]
    [InlineData("""{"prompt":"a","quality":3}""", "quality", "is not a text")]
    [InlineData("""{"prompt":"a","quality":"few-step","num_inference_steps":2}""", "num_inference_steps", "is not accepted by quality few-step")]
    [InlineData("""{"prompt":"a","quality":"few-step","num_inference_steps":9}""", "num_inference_steps", "is not accepted by quality few-step")]
    [InlineData("""{"prompt":"a","quality":"few-step","guidance_scale":5}""", "guidance_scale", "is not accepted by quality few-step")]
    [InlineData("""{"prompt":"a","quality":"few-step","guidance_scale_2":4}""", "guidance_scale_2", "is not accepted by quality few-step")]
    [InlineData("""{"prompt":"a","framez":9}""", "framez", "is not a known field")]
    [InlineData("""{"prompt":"a","latent_path":"/etc/passwd"}""", "latent_path", "is not a known field")]
    [InlineData("[]", "", "is not a JSON object")]
    [InlineData("""{"prompt":"a""", "", "is not valid JSON")]
    [InlineData("""{"prompt":"a","prompt":"b"}""", "", "is not valid JSON")]
    [InlineData("""{"prompt":"\ud800"}""", "", "is not valid JSON")]
    public async Task A_bad_field_is_refused_by_name(string json, string field, string message)
    {
        await using var server = await RunningServer.StartAsync();

        using var response = await server.PostAsync(json);

        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        var error = Assert.Single(problem.GetProperty("errors").EnumerateArray());
        Assert.Equal(field, error.GetProperty("field").GetString());
        Assert.Contains(message, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.NotEqual("", error.GetProperty("fix").GetString());
    }

    [Fact]
    public async Task Every_problem_is_reported_at_once_with_the_accepted_shapes()
    {
        await using var server = await RunningServer.StartAsync();

        using var response = await server.PostAsync("""{"size":"1x1","num_frames":2,"num_inference_steps":99,"seed":"x","extra":1}""");

        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(
            ["extra", "num_frames", "num_inference_steps", "prompt", "seed", "size"],
            problem.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString()).Order(StringComparer.Ordinal));
        Assert.Equal(3, problem.GetProperty("accepted_shapes").GetArrayLength());
    }

    [Fact]
    public async Task A_body_over_64_KiB_is_413()
    {
        await using var server = await RunningServer.StartAsync();

        using var response = await server.PostAsync($$"""{"prompt":"{{new string('a', 65 * 1024)}}"}""");

        Assert.Equal(413, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_body_that_is_not_called_JSON_is_415()
    {
        await using var server = await RunningServer.StartAsync();

        using var response = await server.Client.PostAsync("/v1/videos", new StringContent("""{"prompt":"a"}""", Encoding.UTF8, "text/plain"));

        Assert.Equal(415, (int)response.StatusCode);
    }

    [Fact]
    public async Task Every_field_reaches_the_model()
    {
        await using var server = await RunningServer.StartAsync();

        var id = await server.SubmitAsync(
            """{"prompt":"a cat","negative_prompt":"a dog","model":"wan2.2-ti2v-5b-pico","size":"96x32","num_frames":9,"fps":12,"num_inference_steps":3,"guidance_scale":2.5,"guidance_scale_2":3,"seed":7,"user":"ann","service_tier":"vip","deadline_ms":60000}""");
        await server.EndOf(id);

        var task = Assert.Single(server.Worker.Opened);
        Assert.Equal((96, 32, 9, 3), (task.Shape.Width, task.Shape.Height, task.Shape.Frames, task.Shape.Steps));
        Assert.Equal(("a cat", "a dog", 7UL, 2.5f, 12), (task.Job.Prompt, task.Job.NegativePrompt, task.Job.Seed, task.Job.Guidance, task.FramesPerSecond));
    }

    [Theory]
    [InlineData("""{"prompt":"a","quality":"few-step"}""", 4, true)]
    [InlineData("""{"prompt":"a","quality":"few-step","num_inference_steps":8,"guidance_scale":1}""", 8, true)]
    [InlineData("""{"prompt":"a","quality":"full","guidance_scale":1}""", 4, false)]
    [InlineData("""{"prompt":"a","guidance_scale":1}""", 4, false)]
    public async Task A_quality_level_brings_its_steps_guidance_and_solver(string json, int steps, bool fewStep)
    {
        await using var server = await RunningServer.StartAsync();

        await server.EndOf(await server.SubmitAsync(json));

        var task = Assert.Single(server.Worker.Opened);
        Assert.Equal((steps, 1f), (task.Shape.Steps, task.Job.Guidance));
        Assert.Equal(fewStep ? (SolverKind.Euler, 5.0) : ((SolverKind?, double?))(null, null), (task.Shape.Solver, task.Shape.Shift));
    }

    [Fact]
    public async Task A_two_expert_model_keeps_its_pair_of_scales_when_none_is_asked_for()
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options with { Model = ModelCatalog.T2VA14BPico.Name });

        await server.EndOf(await server.SubmitAsync());

        Assert.Equal([3f, 4f], ModelCatalog.T2VA14BPico.Scales(Assert.Single(server.Worker.Opened).Job));
    }

    [Theory]
    [InlineData("""{"prompt":"a","seconds":0.375,"fps":24}""", 9)]
    [InlineData("""{"prompt":"a","seconds":0.5,"fps":16}""", 9)]
    [InlineData("""{"prompt":"a","seconds":1,"fps":30}""", 33)]
    [InlineData("""{"prompt":"a","seconds":0.01}""", 1)]
    [InlineData("""{"prompt":"a","num_frames":null}""", 5)]
    public async Task Seconds_become_the_next_count_of_the_form_4n_plus_1(string json, int frames)
    {
        await using var server = await RunningServer.StartAsync();

        await server.EndOf(await server.SubmitAsync(json));

        Assert.Equal(frames, Assert.Single(server.Worker.Opened).Shape.Frames);
    }

    [Fact]
    public async Task A_seed_that_is_not_given_is_a_function_of_the_run_and_the_job()
    {
        ulong[] seeds = [.. await SeedsOf(), .. await SeedsOf()];

        Assert.Equal(seeds[..2], seeds[2..]);
        Assert.NotEqual(seeds[0], seeds[1]);
    }

    private static async Task<ulong[]> SeedsOf()
    {
        await using var server = await RunningServer.StartAsync();
        await server.EndOf(await server.SubmitAsync());
        await server.EndOf(await server.SubmitAsync());
        return [.. server.Worker.Opened.Select(task => task.Job.Seed)];
    }
}
