using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Tests;

/// <summary>A real Kestrel on a free loopback port with a scripted worker, and a client for it.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop;

    private RunningServer(ScriptedWorker worker, Task run, int port, CancellationTokenSource stop)
    {
        _stop = stop;
        Worker = worker;
        Run = run;
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(3) };
    }

    public ScriptedWorker Worker { get; }

    /// <summary>The server's own task.</summary>
    public Task Run { get; }

    public HttpClient Client { get; }

    public static ModelServerOptions Options => new() { Model = ModelCatalog.Ti2V5BPico.Name, Serving = new ServingOptions { QueueLimit = 2 } };

    public static Task<RunningServer> StartAsync(ModelServerOptions? options = null, ScriptedWorker? worker = null) =>
        StartAsync(options ?? Options, worker ??= new ScriptedWorker(), () => worker);

    /// <summary>With a worker of the test's own.</summary>
    public static Task<RunningServer> StartAsync(ModelServerOptions options, Func<IVideoWorker> createWorker) => StartAsync(options, new ScriptedWorker(), createWorker);

    private static async Task<RunningServer> StartAsync(ModelServerOptions options, ScriptedWorker worker, Func<IVideoWorker> createWorker)
    {
        var line = new FirstLine();
        var stop = new CancellationTokenSource();
        var asked = options with { Output = line };
        var run = Task.Run(() => ModelServer.RunAsync(asked, ModelServer.Check(asked), createWorker, stop.Token));
        if (await Task.WhenAny(run, line.Text) == run)
        {
            await run;
        }

        using var listening = JsonDocument.Parse(await line.Text);
        return new RunningServer(worker, run, listening.RootElement.GetProperty("port").GetInt32(), stop);
    }

    public Task<HttpResponseMessage> PostAsync(string json, string path = "/v1/videos") =>
        Client.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));

    public async Task<JsonElement> GetAsync(string path) => await Client.GetFromJsonAsync<JsonElement>(path);

    /// <summary>Posts a valid job and gives its id.</summary>
    public async Task<string> SubmitAsync(string json = """{"prompt":"a cat"}""")
    {
        using var response = await PostAsync(json);
        var job = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(202, (int)response.StatusCode);
        return job.GetProperty("id").GetString()!;
    }

    /// <summary>The job once it has ended.</summary>
    public Task<JsonElement> EndOf(string id) => GetAsync($"/v1/videos/{id}?wait=60s");

    /// <summary>Waits until the job's status is the given one.</summary>
    public async Task<JsonElement> StatusOf(string id, string status)
    {
        while (true)
        {
            var job = await GetAsync($"/v1/videos/{id}");
            if (job.GetProperty("status").GetString() == status)
            {
                return job;
            }

            await Task.Delay(5);
        }
    }

    public async Task ReadyAsync()
    {
        while (true)
        {
            using var response = await Client.GetAsync("/readyz");
            if (response.IsSuccessStatusCode)
            {
                return;
            }

            await Task.Delay(5);
        }
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Run;
    }

    public async ValueTask DisposeAsync()
    {
        Worker.LoadGate.Set();
        Worker.StepGate.Set();
        Client.Dispose();
        await StopAsync();
        _stop.Dispose();
    }

    private sealed class FirstLine : StringWriter
    {
        private readonly TaskCompletionSource<string> _text = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Text => _text.Task;

        public override Task WriteLineAsync(string? value)
        {
            _text.TrySetResult(value!);
            return Task.CompletedTask;
        }
    }
}
