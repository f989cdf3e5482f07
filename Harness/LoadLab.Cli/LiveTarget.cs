using System.Net;
using System.Text.Json;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Local;
using LoadLab.Engine.Targets;
using LoadLab.Model.Pipeline;
using LoadLab.Tensors;

namespace LoadLab.Cli;

/// <summary>The target of a live run, ready for its first call: a child server of this program, or a service that runs elsewhere.</summary>
internal sealed class LiveTarget : IAsyncDisposable
{
    private static readonly Duration s_longestLead = Duration.FromSeconds(3600);
    private static readonly Duration s_fullModelLead = Duration.FromSeconds(120);
    private static readonly Duration s_remoteLead = Duration.FromSeconds(1);
    private const int Greetings = 8;

    private readonly LocalServer? _server;

    private readonly BackendChoice _backend;
    private readonly ElementType _type;
    private readonly string? _emulation;

    private LiveTarget(HttpTarget target, MonotonicClock clock, LocalServer? server, LiveRunOptions options, string? emulation = null)
    {
        _backend = options.Backend;
        _type = options.WeightType;
        _emulation = emulation;
        Target = target;
        Clock = clock;
        _server = server;
    }

    public HttpTarget Target { get; }

    /// <summary>The run's clock; its zero is the first intended time of the schedule.</summary>
    public MonotonicClock Clock { get; }

    public ClockMap Clocks => Target.Clocks;

    public int? ProcessId => _server?.ProcessId;

    public int Threads => _server?.Threads ?? 0;

    public IReadOnlyList<int> Processors => _server?.Processors ?? [];

    public string Backend => _server is null ? "of the target" : _emulation ?? $"{_backend.Words(Threads)}{(_type == ElementType.Float32 ? "" : $" in {Backends.NameOf(_type)}")}";

    public IReadOnlyDictionary<string, string> Facts { get; private init; } = new Dictionary<string, string>();

    /// <summary>Why the local server is gone; null while it runs.</summary>
    public string? EndedBy => _server is { HasExited: true } ? $"the server ended during the run (exit code {_server.ExitCode})" : null;

    public static Task<LiveTarget> StartAsync(Scenario scenario, RunFolder folder, LiveRunOptions options, CancellationToken stop) =>
        scenario.Target.Kind != TargetKind.Http ? StartLocalAsync(scenario, folder, options, stop) : ReachAsync(scenario, options, stop);

    public async ValueTask DisposeAsync()
    {
        await Target.DisposeAsync().ConfigureAwait(false);
        if (_server is not null)
        {
            await _server.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task<LiveTarget> ReachAsync(Scenario scenario, LiveRunOptions options, CancellationToken stop)
    {
        var target = HttpTarget.Create(scenario.Target, scenario.Target.Url!, ClockMap.Learned());
        if (await target.GreetAsync(Greetings, stop).ConfigureAwait(false) is { } fault)
        {
            await target.DisposeAsync().ConfigureAwait(false);
            throw new TargetFailedException($"{scenario.Target.Url} does not answer: {fault}");
        }

        return new LiveTarget(target, new MonotonicClock(MonotonicClock.SystemNanoseconds + (s_remoteLead + Engines.LeadOf(options.Engine)).Nanoseconds), null, options);
    }

    private static async Task<LiveTarget> StartLocalAsync(Scenario scenario, RunFolder folder, LiveRunOptions options, CancellationToken stop)
    {
        var engineLead = Engines.LeadOf(options.Engine);
        var lead = LeadOf(scenario, options) + engineLead;
        var (program, arguments) = Host.Self;
        while (true)
        {
            var clock = new MonotonicClock(MonotonicClock.SystemNanoseconds + lead.Nanoseconds);
            LocalServer server;
            try
            {
                server = await LocalServer.StartAsync(
                    new LocalServerOptions
                    {
                        Program = program,
                        Arguments = arguments,
                        ScenarioFile = scenario.Path,
                        RunFolder = folder.FullPath,
                        EpochNanoseconds = clock.EpochNanoseconds,
                        Threads = scenario.Target.Threads,
                        PinsItself = !options.Backend.IsTorch && (scenario.Target.Kind == TargetKind.Local || scenario.Target.Emulated?.Real is not null),
                        Seed = (options.Draws ?? scenario.Seed).Value,
                        ServeOptions = [Backends.OptionName, options.Backend.ToString(), "--dtype", Backends.NameOf(options.WeightType)],
                    },
                    stop).ConfigureAwait(false);
            }
            catch (LocalServerException e)
            {
                throw new TargetFailedException(e.Message);
            }

            if (await ReadyAsync(server, scenario.Serving.Preload, clock, Instant.FromSeconds(-0.1) - engineLead, stop).ConfigureAwait(false) is { } readyAfter)
            {
                var target = HttpTarget.Create(scenario.Target, server.Url, ClockMap.Shared());
                await target.GreetAsync(Greetings, stop).ConfigureAwait(false);
                return new LiveTarget(target, clock, server, options, EmulatedRun.BackendOf(scenario))
                {
                    Facts = new Dictionary<string, string>
                    {
                        ["url"] = server.Url.ToString(),
                        ["weights"] = server.Weights,
                        ["ready_s"] = readyAfter.ToString(),
                        ["preload"] = scenario.Serving.Preload ? "true" : "false",
                    },
                };
            }

            var dead = server.HasExited;
            await server.DisposeAsync().ConfigureAwait(false);
            if (dead || lead >= s_longestLead)
            {
                throw new TargetFailedException(dead ? "the server ended before it was ready" : $"the server was not ready within {lead.Seconds} s");
            }

            File.Delete(folder.File(RunFolder.DecisionsName));
            File.Delete(folder.File(SamplesFile.ServerName));
            lead *= 2;
        }
    }

    // A full model reads or draws ten gigabytes and more: starting it four times to learn so would take longer than waiting.
    private static Duration LeadOf(Scenario scenario, LiveRunOptions options) =>
        scenario.Serving.Preload && scenario.Target.Kind == TargetKind.Local && ModelCatalog.Find(scenario.Target.Model ?? "") is { IsSeeded: false } && options.Lead < s_fullModelLead ? s_fullModelLead : options.Lead;

    /// <summary>What /readyz says of a load that failed: waiting longer would not help. Null while it loads.</summary>
    private static async Task<string?> LoadErrorAsync(HttpResponseMessage answer, CancellationToken stop)
    {
        using var document = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(stop).ConfigureAwait(false), cancellationToken: stop).ConfigureAwait(false);
        return document.RootElement.TryGetProperty("status", out var status) && status.GetString() == "failed"
            ? document.RootElement.TryGetProperty("error", out var error) ? error.GetString() ?? "no reason given" : "no reason given"
            : null;
    }

    /// <summary>When the server was ready, on the run's clock; null when the latest time came first or it ended.</summary>
    /// <exception cref="TargetFailedException">The model cannot be loaded.</exception>
    private static async Task<Instant?> ReadyAsync(LocalServer server, bool preload, MonotonicClock clock, Instant latest, CancellationToken stop)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        var url = new Uri(server.Url, preload ? "readyz" : "healthz");
        while (clock.Now < latest && !server.HasExited)
        {
            try
            {
                using var answer = await http.GetAsync(url, stop).ConfigureAwait(false);
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    return clock.Now;
                }

                if (await LoadErrorAsync(answer, stop).ConfigureAwait(false) is { } error)
                {
                    await server.DisposeAsync().ConfigureAwait(false);
                    throw new TargetFailedException($"the server could not load its model: {error}");
                }
            }
            catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !stop.IsCancellationRequested))
            {
                // Not yet.
            }

            await Task.Delay(20, stop).ConfigureAwait(false);
        }

        return null;
    }
}
