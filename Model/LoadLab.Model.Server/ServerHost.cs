using System.Reflection;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Http;
using LoadLab.Model.Server.Jobs;
using LoadLab.Model.Server.Metrics;
using LoadLab.Model.Server.Replicas;
using LoadLab.Model.Server.Safety;
using LoadLab.Model.Server.Sampling;
using LoadLab.Model.Server.Timeline;
using LoadLab.Sensors;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Safety;
using Microsoft.AspNetCore.Builder;

namespace LoadLab.Model.Server;

/// <summary>One server's parts, wired: HTTP in, the serving core decides, a replica computes, journal and samples out.</summary>
internal sealed class ServerHost : IAsyncDisposable
{
    private readonly ModelServerOptions _options;
    private readonly LiveTimeline _timeline;
    private readonly ClipStore _clips;
    private readonly JobDesk _desk;
    private readonly LocalReplicaPool _pool;
    private readonly JournalWriter? _journal;
    private readonly SamplesWriter? _samples;
    private readonly ContentSender _content;
    private readonly ContentChecker _checker;
    private readonly DeadLetters? _letters;
    private readonly WebApplication _web;
    private readonly ServingLoop _loop;
    private readonly IReadOnlyList<ISampleSource> _sources;
    private readonly MonotonicClock _clock;
    private Sampler? _sampler;

    /// <param name="options">Checked already.</param>
    /// <param name="model">The model served.</param>
    /// <param name="createWorker">Called on the replica's thread.</param>
    public ServerHost(ModelServerOptions options, WanModelSpec model, Func<IVideoWorker> createWorker)
    {
        _options = options;
        _clock = options.EpochNanoseconds is { } epoch ? new MonotonicClock(epoch) : MonotonicClock.StartNow();
        var serving = options.Serving with { Model = new ModelId(model.Name) };
        var autoscaler = new AutoscalerOptions { Kind = AutoscalerKind.Fixed, Replicas = 1 };
        var metrics = new ServerMetrics(serving);
        Facts = new ServerFacts(Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "", model.Name, ThreadsOf(options), options.SourceFor(model).Label);
        _clips = new ClipStore(Path.Combine(options.RunFolder ?? Path.GetTempPath(), options.RunFolder is null ? $"loadlab-clips-{Guid.NewGuid():N}" : "clips"), options.MaxClipBytes);
        _timeline = new LiveTimeline(_clock);
        _checker = CheckerOf(serving.Safety, options, _timeline);
        _letters = options.RunFolder is { } run ? new DeadLetters(Path.Combine(run, DeadLetters.FileName), options.Diagnostics.WriteLine) : null;
        var jobs = new JobStore(_clips);
        var jobHost = new JobHost(jobs, metrics)
        {
            Check = _checker.Check,
            ClipOf = _clips.PathOf,
            DeadLetter = _letters is null ? null : _letters.Write,
            Lines = new PacedLines(options.Diagnostics),
            Waiting = new WaitingJobs([.. serving.Tiers.Select(tier => tier.Name)]),
        };
        var batchHost = new BatchHost(jobs, _clips, metrics);
        _pool = new LocalReplicaPool(id => new ModelReplica(id, createWorker, batchHost, _timeline), _timeline);
        _desk = new JobDesk([new ServedModel(model)], options.Seed, _clock, _timeline, jobs, metrics, serving.Recovery.FallbackModel);
        IReadOnlyList<IReplicaFacts> Replicas() => _pool.Current is { } replica ? [replica] : [];
        _sources = [new ReplicaSource(Replicas), new QueueSource(jobHost)];
        _content = new ContentSender(_clips);
        if (options.RunFolder is { } folder)
        {
            _journal = JournalWriter.Create(
                Path.Combine(folder, RunFolder.DecisionsName),
                new JournalHeader { Serving = serving, Autoscaler = autoscaler, Seed = options.Seed.Value, EpochNs = _clock.EpochNanoseconds });
            _samples = new SamplesWriter(Path.Combine(folder, SamplesFile.ServerName));
        }

        _loop = new ServingLoop(new ServingCore(serving, autoscaler, options.Seed), _timeline, _pool, jobHost, _journal);
        var page = new MetricsPage(metrics, jobHost, Replicas, () => _checker.Figures, Facts);
        _web = WebHost.Build(options, new VideoEndpoints(_desk, _clips, _content, options.Http), new HealthEndpoints(Facts, serving.Preload, jobHost, _pool, page));
    }

    public ServerFacts Facts { get; }

    /// <summary>Where it listens; valid after <see cref="StartAsync"/>.</summary>
    public int Port { get; private set; }

    public long EpochNanoseconds => _clock.EpochNanoseconds;

    /// <summary>Faulted when the serving core broke: nothing can be decided any more.</summary>
    public Task Core => _timeline.Completion;

    public static int ThreadsOf(ModelServerOptions options) => options.Threads ?? Math.Max(1, Environment.ProcessorCount - 1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // The core's first event, whatever a quick client posts meanwhile.
        _timeline.Post(new ServingEvent.Started());
        await _web.StartAsync(cancellationToken);
        Port = WebHost.PortOf(_web);
        _sampler = _samples is null ? null : new Sampler(_clock, _sources, _options.SampleRateHz, _samples);
        _timeline.Start(_loop.Handle);
    }

    /// <summary>
    /// Stops taking jobs, lets the running batch end, cancels it at its next step when that takes longer, and closes the files. Ends within ten seconds: a thread
    /// that is still inside a step then dies with the process.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (!_timeline.Completion.IsCompleted)
        {
            _timeline.Post(new ServingEvent.Shutdown());
            await ReplicaEndsWithin(_options.DrainLimit);
            if (_pool.Current is { HasEnded: false } replica)
            {
                replica.Stop();
                await ReplicaEndsWithin(_options.StopLimit);
            }
        }

        // The replica's last events first, then the core's answers to them, then whoever still waits for one.
        if (_pool.Current is not { HasEnded: false })
        {
            _pool.Dispose();
        }

        _checker.Dispose();
        _timeline.Dispose();
        _letters?.Dispose();
        _desk.Stop();
        await _web.StopAsync();
        await _web.DisposeAsync();
        _sampler?.Dispose();
        _samples?.Dispose();
        _journal?.Dispose();
        _content.Dispose();
        if (_options.RunFolder is null)
        {
            _clips.Dispose();
        }
    }

    private static ContentChecker CheckerOf(SafetyOptions safety, ModelServerOptions options, LiveTimeline timeline) => new(
        safety,
        ContentChecks.Of(safety, SafetyPhase.Before, options.Seed, _ => true),
        ContentChecks.Of(safety, SafetyPhase.After, options.Seed, _ => true),
        timeline,
        timeline,
        new PacedLines(options.Diagnostics));

    private async Task ReplicaEndsWithin(TimeSpan limit)
    {
        var until = MonotonicClock.SystemNanoseconds + Duration.FromTimeSpan(limit).Nanoseconds;
        while (_pool.Current is { HasEnded: false } && !_timeline.Completion.IsCompleted && MonotonicClock.SystemNanoseconds < until)
        {
            await Task.Delay(10);
        }
    }
}
