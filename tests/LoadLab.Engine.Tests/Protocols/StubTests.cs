using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LoadLab.Core;
using LoadLab.Stubs;

namespace LoadLab.Engine.Tests.Protocols;

/// <summary>The stubs themselves, spoken to by hand: each says what its service's documentation says, and each fault is the fault it is called.</summary>
public sealed class StubTests
{
    private const string Graph = """
        {"client_id":"c","prompt":{
          "1":{"class_type":"UNETLoader","inputs":{"unet_name":"wan.safetensors","weight_dtype":"default"}},
          "2":{"class_type":"CLIPLoader","inputs":{"clip_name":"umt5.safetensors","type":"wan"}},
          "3":{"class_type":"VAELoader","inputs":{"vae_name":"vae.safetensors"}},
          "4":{"class_type":"CLIPTextEncode","inputs":{"text":"a fox","clip":["2",0]}},
          "5":{"class_type":"CLIPTextEncode","inputs":{"text":"","clip":["2",0]}},
          "6":{"class_type":"EmptyHunyuanLatentVideo","inputs":{"width":1280,"height":720,"length":81,"batch_size":1}},
          "7":{"class_type":"KSampler","inputs":{"model":["1",0],"seed":7,"steps":20,"cfg":5.0,"sampler_name":"euler","scheduler":"simple","positive":["4",0],"negative":["5",0],"latent_image":["6",0],"denoise":1.0}},
          "8":{"class_type":"VAEDecode","inputs":{"samples":["7",0],"vae":["3",0]}},
          "9":{"class_type":"SaveWEBM","inputs":{"images":["8",0],"filename_prefix":"clip","codec":"vp9","fps":16,"crf":32}}}}
        """;

    private const string Tensors = """
        {"inputs":[{"name":"prompt","datatype":"BYTES","shape":[1],"data":["a fox"]},{"name":"width","datatype":"INT32","shape":[1],"data":[1280]},{"name":"height","datatype":"INT32","shape":[1],"data":[720]},
                   {"name":"num_frames","datatype":"INT32","shape":[1],"data":[81]},{"name":"num_inference_steps","datatype":"INT32","shape":[1],"data":[20]},{"name":"seed","datatype":"INT64","shape":[1],"data":[7]}]}
        """;

    /// <summary>Protocol, path and body of a submission, null = a form of vLLM-Omni's fields.</summary>
    public static TheoryData<string, string, string?> Submissions => new()
    {
        { "openai-videos", "/v1/videos", """{"prompt":"a fox","model":"sora-2","size":"1280x720","seconds":"4"}""" },
        { "vllm-omni", "/v1/videos", null },
        { "sglang", "/v1/videos", """{"prompt":"a fox","size":"1280x720","num_frames":81,"num_inference_steps":20,"seed":7}""" },
        { "fal-queue", "/fal-ai/wan/v2.2-a14b/text-to-video", """{"prompt":"a fox","resolution":"720p","aspect_ratio":"16:9","num_frames":81,"num_inference_steps":20,"seed":7}""" },
        { "comfyui", "/prompt", Graph },
        { "mlcommons-generations", "/v1/videos/generations", """{"prompt":"a fox","size":"1280x720","num_frames":81,"num_inference_steps":20,"seed":7,"response_format":"video_path"}""" },
        { "kserve-v2", "/v2/models/wan/infer", Tensors },
    };

    [Theory]
    [MemberData(nameof(Submissions))]
    public async Task A_submission_of_the_documentation_is_taken_as_it_was_meant(string protocol, string path, string? body)
    {
        await using var stub = await Start(protocol);
        using var client = new HttpClient { BaseAddress = stub.Url };
        using var response = await client.PostAsync(path, Content(body));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var job = Assert.Single(stub.Book.Jobs);
        Assert.Equal("a fox", job.Asked.Prompt);
        Assert.Equal(720, job.Asked.Height);
        Assert.Empty(job.Asked.Ignored);
        if (protocol != "openai-videos")
        {
            Assert.Equal((81L, 20L, 7L), (job.Asked.Frames!.Value, job.Asked.Steps!.Value, job.Asked.Seed!.Value));
        }
    }

    [Theory]
    [InlineData("openai-videos", "/v1/videos", """{"size":"1280x720"}""", 400)]
    [InlineData("openai-videos", "/v1/videos", """{"prompt":"a fox","seed":7}""", 400)]
    [InlineData("openai-videos", "/v1/videos", """{"prompt":"a fox","seconds":4}""", 400)]
    [InlineData("openai-videos", "/v1/videos", """{"prompt":"a fox","size":"640x480"}""", 400)]
    [InlineData("vllm-omni", "/v1/videos", """{"prompt":"a fox"}""", 400)]
    [InlineData("sglang", "/v1/videos", """{"prompt":17}""", 422)]
    [InlineData("mlcommons-generations", "/v1/videos/generations", """{"prompt":"a fox","service_tier":"vip"}""", 400)]
    [InlineData("kserve-v2", "/v2/models/wan/infer", """{"prompt":"a fox"}""", 400)]
    [InlineData("kserve-v2", "/v2/models/wan/infer", """{"inputs":[{"name":"prompt","datatype":"BYTES","shape":[2],"data":["a fox"]}]}""", 400)]
    [InlineData("kserve-v2", "/v2/models/wan/infer", """{"inputs":[{"name":"prompt","datatype":"INT32","shape":[1],"data":["a fox"]}]}""", 400)]
    [InlineData("comfyui", "/prompt", """{"client_id":"c"}""", 400)]
    [InlineData("comfyui", "/prompt", """{"prompt":{"1":{"class_type":"NoSuchNode","inputs":{}}}}""", 400)]
    [InlineData("fal-queue", "/fal-ai/wan", "[]", 422)]
    public async Task A_submission_against_the_documentation_is_refused_with_its_error(string protocol, string path, string body, int status)
    {
        await using var stub = await Start(protocol);
        using var client = new HttpClient { BaseAddress = stub.Url };
        using var response = await client.PostAsync(path, Content(body));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Empty(stub.Book.Jobs);
        Assert.Single(stub.Book.Refused);
        Assert.Equal(JsonValueKind.Object, (await JsonOf(response)).ValueKind);
    }

    [Fact]
    public async Task A_video_goes_from_queued_to_completed_with_times_in_whole_seconds()
    {
        // A job that ended before anybody looked shows nothing on its way: then a longer one.
        var seconds = 3;
        while (!(await StatesOfVideoAsync(seconds)).Contains("in_progress"))
        {
            Assert.True((seconds *= 2) < 100, "no job was seen in progress");
        }
    }

    private static async Task<List<string>> StatesOfVideoAsync(int seconds)
    {
        await using var stub = await Start("openai-videos", new StubOptions { JobMedian = TimeSpan.FromSeconds(seconds) });
        using var client = new HttpClient { BaseAddress = stub.Url };
        var created = await JsonOf(await client.PostAsync("/v1/videos", Content("""{"prompt":"a fox"}""")));
        Assert.Equal("queued", created.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Null, created.GetProperty("completed_at").ValueKind);

        var seen = new List<string>();
        var last = created;
        while (last.GetProperty("status").GetString() is not ("completed" or "failed"))
        {
            await Task.Delay(5);
            last = await JsonOf(await client.GetAsync($"/v1/videos/{created.GetProperty("id").GetString()}"));
            seen.Add(last.GetProperty("status").GetString()!);
        }

        var job = Assert.Single(stub.Book.Jobs);
        Assert.Equal(job.EndsAt.ToUnixTimeSeconds(), last.GetProperty("completed_at").GetInt64());
        Assert.True(job.ToldNs >= job.EndsNs);
        Assert.Equal("video/mp4", (await client.GetAsync($"/v1/videos/{job.Id}/content")).Content.Headers.ContentType!.MediaType);
        return seen;
    }

    [Fact]
    public async Task A_fal_request_has_addresses_of_owner_and_app_and_a_place_in_the_queue()
    {
        await using var stub = await Start("fal-queue", new StubOptions { JobMedian = TimeSpan.FromSeconds(60) });
        using var client = new HttpClient { BaseAddress = stub.Url };
        await client.PostAsync("/fal-ai/wan/v2.2/t2v", Content("""{"prompt":"one"}"""));
        var second = await JsonOf(await client.PostAsync("/fal-ai/wan/v2.2/t2v", Content("""{"prompt":"two"}""")));
        var address = second.GetProperty("status_url").GetString()!;
        Assert.EndsWith($"/fal-ai/wan/requests/{second.GetProperty("request_id").GetString()}/status", address);

        using var status = await client.GetAsync(address);
        Assert.Equal(HttpStatusCode.Accepted, status.StatusCode);
        var answer = await JsonOf(status);
        Assert.Equal(("IN_QUEUE", 1), (answer.GetProperty("status").GetString(), answer.GetProperty("queue_position").GetInt32()));

        using var cancelled = await client.PutAsync(second.GetProperty("cancel_url").GetString(), null);
        Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        Assert.Equal(StubState.Cancelled, stub.Book.Jobs[1].StateAt(long.MaxValue - 1));
    }

    [Fact]
    public async Task A_comfy_prompt_has_no_history_until_it_has_run_and_then_times_in_milliseconds()
    {
        await using var stub = await Start("comfyui", new StubOptions { JobMedian = TimeSpan.FromSeconds(4) });
        using var client = new HttpClient { BaseAddress = stub.Url };
        await client.PostAsync("/prompt", Content(Graph));
        var job = Assert.Single(stub.Book.Jobs);
        var early = (await JsonOf(await client.GetAsync($"/history/{job.Id}"))).EnumerateObject().Any();
        Assert.True(!early || MonotonicClock.SystemNanoseconds >= job.EndsNs, "there is a history of what has not run");
        JsonElement entry;
        while (!(await JsonOf(await client.GetAsync($"/history/{job.Id}"))).TryGetProperty(job.Id, out entry))
        {
            await Task.Delay(50);
        }

        var status = entry.GetProperty("status");
        Assert.True(status.GetProperty("completed").GetBoolean());
        Assert.Equal(job.EndsAt.ToUnixTimeMilliseconds(), status.GetProperty("messages")[2][1].GetProperty("timestamp").GetInt64());
    }

    [Theory]
    [InlineData("openai-videos", "Bearer")]
    [InlineData("fal-queue", "Key")]
    public async Task A_key_is_shown_in_the_service_s_own_way(string protocol, string scheme)
    {
        await using var stub = await Start(protocol, new StubOptions { Key = "k" });
        using var client = new HttpClient { BaseAddress = stub.Url };
        var path = protocol == "fal-queue" ? "/fal-ai/wan" : "/v1/videos";
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.PostAsync(path, Content("""{"prompt":"a"}"""))).StatusCode);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(scheme, "k");
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync(path, Content("""{"prompt":"a"}"""))).StatusCode);
    }

    [Fact]
    public async Task A_service_that_wakes_says_503_until_it_is_awake()
    {
        await using var stub = await Start("sglang", Faulty(FaultKind.ScaleFromZero, TimeSpan.FromMilliseconds(150)));
        using var client = new HttpClient { BaseAddress = stub.Url };
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.PostAsync("/v1/videos", Content("""{"prompt":"a"}"""))).StatusCode);
        await Task.Delay(200);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/v1/videos", Content("""{"prompt":"a"}"""))).StatusCode);
    }

    [Fact]
    public async Task Every_second_request_is_refused_with_the_time_to_come_again()
    {
        await using var stub = await Start("sglang", new StubOptions { Fault = new StubFault { Kind = FaultKind.TooManyRequests, Every = 2 } });
        using var client = new HttpClient { BaseAddress = stub.Url };
        var answers = new List<HttpResponseMessage>();
        for (var i = 0; i < 4; i++)
        {
            answers.Add(await client.PostAsync("/v1/videos", Content("""{"prompt":"a"}""")));
        }

        Assert.Equal([200, 429, 200, 429], answers.Select(answer => (int)answer.StatusCode));
        Assert.Equal(TimeSpan.FromSeconds(1), answers[1].Headers.RetryAfter!.Delta);
    }

    [Theory]
    [InlineData(FaultKind.HalfClosed)]
    [InlineData(FaultKind.Reset)]
    public async Task A_broken_connection_breaks_the_exchange(FaultKind kind)
    {
        await using var stub = await Start("sglang", Faulty(kind));
        using var client = new HttpClient { BaseAddress = stub.Url };
        await Assert.ThrowsAsync<HttpRequestException>(() => client.PostAsync("/v1/videos", Content("""{"prompt":"a"}""")));
    }

    [Fact]
    public async Task A_service_that_stops_accepting_can_accept_again_and_remembers_its_jobs()
    {
        await using var stub = await Start("sglang", Faulty(FaultKind.StopAccepting));
        using (var client = new HttpClient { BaseAddress = stub.Url })
        {
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/v1/videos", Content("""{"prompt":"a"}"""))).StatusCode);
            await Assert.ThrowsAsync<HttpRequestException>(async () =>
            {
                for (var i = 0; i < 5000; i++)
                {
                    using var other = new HttpClient { BaseAddress = stub.Url };
                    await other.GetAsync("/health");
                    await Task.Delay(20);
                }
            });
        }

        await stub.AcceptAgainAsync();
        using var again = new HttpClient { BaseAddress = stub.Url };
        Assert.Equal(HttpStatusCode.OK, (await again.GetAsync($"/v1/videos/{stub.Book.Jobs[0].Id}")).StatusCode);
    }

    [Fact]
    public async Task A_redirect_elsewhere_is_counted_when_it_is_followed()
    {
        await using var stub = await Start("plain", Faulty(FaultKind.RedirectElsewhere));
        using var client = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(stub.Url));
        Assert.NotEqual(0, stub.ElsewhereHits);
    }

    [Fact]
    public async Task Times_of_jobs_are_lognormal_about_their_median()
    {
        var options = new StubOptions { JobMedian = TimeSpan.FromMinutes(10), Sigma = 0.3, Seed = 3 };
        await using var stub = await Start("sglang", options);
        using var client = new HttpClient { BaseAddress = stub.Url };
        await Parallel.ForAsync(0, 300, async (_, stop) => (await client.PostAsync("/v1/videos", Content("""{"prompt":"a"}"""), stop)).EnsureSuccessStatusCode());

        var times = stub.Book.Jobs.Select(job => (job.EndsNs - job.SubmittedNs) / 1e9).Order().ToList();
        Assert.Equal(300, times.Count);
        Assert.InRange(times[150], 560, 640);
        Assert.InRange(Math.Log(times[252] / times[150]) / 0.3, 0.8, 1.2);
        Assert.Equal(300, stub.Book.CountOf(StubAct.Submit));
    }

    private static StubOptions Faulty(FaultKind kind, TimeSpan? during = null) => new() { Fault = new StubFault { Kind = kind, For = during ?? TimeSpan.FromMilliseconds(100) } };

    private static Task<StubService> Start(string protocol, StubOptions? options = null) => StubService.StartAsync(StubProtocol.Named(protocol)!, options);

    private static HttpContent Content(string? json) => json is null
        ? new MultipartFormDataContent
        {
            { new StringContent("a fox"), "prompt" }, { new StringContent("1280"), "width" }, { new StringContent("720"), "height" },
            { new StringContent("81"), "num_frames" }, { new StringContent("20"), "num_inference_steps" }, { new StringContent("7"), "seed" },
        }
        : new StringContent(json, Encoding.UTF8, "application/json");

    private static async Task<JsonElement> JsonOf(HttpResponseMessage response) => JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
}
