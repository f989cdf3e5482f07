using System.Text;
using System.Text.Json;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Cli.Tests;

/// <summary>The program's own server, started by a test, that keeps a journal and outlives the load and the faults it gets.</summary>
internal sealed class FaultServer : IAsyncDisposable
{
    private readonly Workspace _workspace;
    private readonly LoadLabProcess _process;
    private readonly string _folder;
    private readonly string _good;

    private FaultServer(Workspace workspace, LoadLabProcess process, Uri url, string folder, string good)
    {
        (_workspace, _process, Url, _folder, _good) = (workspace, process, url, folder, good);
        Client = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromMinutes(3) };
    }

    public Uri Url { get; }

    public HttpClient Client { get; }

    public int Id => _process.Id;

    public FaultJournal Journal => FaultJournal.Read(Path.Combine(_folder, RunFolder.DecisionsName));

    /// <param name="workspace">Where everything is written.</param>
    /// <param name="scenario">A file with target and serving.</param>
    /// <param name="good">A request that the server can make a clip of.</param>
    public static async Task<FaultServer> StartAsync(Workspace workspace, string scenario, string good)
    {
        var folder = Directory.CreateDirectory(workspace.NewPath("served")).FullName;
        var process = LoadLabProcess.Start(workspace, "serve", "--scenario", scenario, "--run-dir", folder, "--port", "0");
        var url = await ServedAt(process);
        var server = new FaultServer(workspace, process, url, folder, good);
        await FaultSteps.UntilAsync(() => server.StatusOf("readyz") is 200, ready => ready || process.HasExited, "the server is ready");
        Assert.False(process.HasExited, process.Errors);
        return server;
    }

    /// <summary>Where a server that was given port 0 listens, once it says so in its first line.</summary>
    public static async Task<Uri> ServedAt(LoadLabProcess process)
    {
        var said = await FaultSteps.UntilAsync(() => process.Output, said => said.Contains('\n', StringComparison.Ordinal) || process.HasExited, "the server says where it listens");
        Assert.False(process.HasExited, process.Errors);
        using var line = JsonDocument.Parse(said[..said.IndexOf('\n', StringComparison.Ordinal)]);
        return new Uri($"http://127.0.0.1:{line.RootElement.GetProperty("port").GetInt32()}/");
    }

    /// <summary>Plays calls against the server by the program's run; every planned call has one row and its outcomes add up.</summary>
    public async Task<(RunManifest Manifest, IReadOnlyList<CallRecord> Calls)> PlayAsync(string workload)
    {
        var root = _workspace.NewPath("runs");
        var ended = await LoadLabProcess.PlayAsync(_workspace, root, LoadOf(workload), "--lateness-gate", "60s");
        Assert.True(ended.ExitCode is 0 or 1, $"exit code {ended.ExitCode}\n{ended.Stderr}");
        var folder = Assert.Single(Directory.GetDirectories(root));
        var manifest = Workspace.CheckConservation(folder);
        Assert.True(manifest.Outcomes!["unfinished"] == 0, ended.Stderr);
        Tell($"load: {manifest.Planned} planned = {string.Join(" + ", manifest.Outcomes.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Value} {pair.Key}"))}");
        return (manifest, RunFolder.Open(folder).ReadCalls());
    }

    /// <summary>A client process that plays calls, for a test that is going to stop it.</summary>
    public LoadLabProcess StartClient(string workload, string protocol) =>
        LoadLabProcess.Start(_workspace, "run", LoadOf(workload, protocol), "--out", _workspace.NewPath("runs"), "--lateness-gate", "60s");

    public string LoadOf(string workload, string protocol = "videos") => _workspace.Write("load.yaml", $$"""
        name: load
        seed: 7
        {{workload}}
        target: { kind: http, url: "{{Url}}", protocol: {{protocol}}, timeout: 60s }
        guard: { drain: { max: 60s, then: cancel } }
        """);

    /// <summary>It is the process that it was, says that it is alive, and makes a clip.</summary>
    public async Task IsWellAsync()
    {
        Assert.True(!_process.HasExited && Signals.Runs(Id), _process.Errors);
        Assert.Equal(200, StatusOf("healthz"));
        using var asked = await Client.PostAsync("v1/videos", new StringContent(_good, Encoding.UTF8, "application/json"));
        Assert.Equal(202, (int)asked.StatusCode);
        using var job = JsonDocument.Parse(await asked.Content.ReadAsStringAsync());
        using var end = JsonDocument.Parse(await Client.GetStringAsync($"v1/videos/{job.RootElement.GetProperty("id").GetString()}?wait=50s"));
        Assert.Equal("completed", end.RootElement.GetProperty("status").GetString());
        Assert.DoesNotContain("   at ", _process.Errors);
    }

    /// <summary>The journal once every job in it has ended, with the laws held.</summary>
    public async Task<FaultJournal> EndsAsync(int retries)
    {
        var journal = await FaultSteps.UntilAsync(() => Journal, journal => journal.Open.Count == 0, "every job has ended");
        Tell($"server: {journal}");
        return journal.HoldsLaws(retries);
    }

    public static void Tell(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _process.DisposeAsync();
    }

    /// <summary>0 when nobody answers.</summary>
    private int StatusOf(string path)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            using var answer = Client.Send(request);
            return (int)answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }
}
