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
using LoadLab.Serving.Batching;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Placement;
using LoadLab.Serving.Safety;
using Microsoft.AspNetCore.Builder;

namespace LoadLab.Model.Server;

/// <summary>One server's parts, wired: HTTP in, the serving core decides, replicas compute or wait, journal and samples out.</summary>
internal sealed class ServerHost : IAsyncDisposable
{
    private readonly ModelServerOptions _options;
    private readonly LiveTimeline _timeline;
    private readonly ClipStore _clips;
    private readonly JobDesk _desk;
    private readonly LocalReplicaPool _pool;
    private readonly ReplicaKinds _kinds;
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
    /// <param name="models">The models served, the default first.</param>
    /// <param name="createWorker">Makes what computes in a real replica; called on the replica's thread.</param>
    public ServerHost(ModelServerOptions options, IReadOnlyList<ServedModel> models, Func<IVideoWorker> createWorker)
    {
        _options = options;
        _clock = options.EpochNanoseconds is { } epoch ? new MonotonicClock(epoch) : MonotonicClock.StartNow();
        var serving = ServingOf(options, models[0]);
        var autoscaler = options.Autoscaler ?? new AutoscalerOptions { Kind = AutoscalerKind.Fixed, Replicas = options.Replicas };
        var metrics = new ServerMetrics(serving);
        Facts = new ServerFacts(Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "", models[0].Name, ThreadsOf(options), WeightsOf(options, models));
        _clips = new ClipStore(Path.Combine(options.RunFolder ?? Path.GetTempPath(), options.RunFolder is null ? $"loadlab-clips-{Guid.NewGuid():N}" : "clips"), options.MaxClipBytes);
        _timeline = new LiveTimeline(_clock);
        _checker = CheckerOf(serving.Safety, options, models, _timeline);
        _letters = options.RunFolder is { } run ? new DeadLetters(Path.Combine(run, DeadLetters.FileName), options.Diagnostics.WriteLine) : null;
        var jobs = new JobStore(_clips);
        var handOvers = new HandOvers(jobs);
        var jobHost = new JobHost(jobs, metrics, handOvers)
        {
            Check = _checker.Check,
            ClipOf = _clips.PathOf,
            DeadLetter = _letters is null ? null : _letters.Write,
            Lines = new PacedLines(options.Diagnostics),
            Waiting = new WaitingJobs([.. serving.Tiers.Select(tier => tier.Name)]),
        };
        var batchHost = new BatchHost(jobs, _clips, metrics, handOvers);
        _kinds = new ReplicaKinds(options, createWorker);
        _pool = new LocalReplicaPool(_kinds.Of(batchHost, _timeline), kind => MostOf(options, autoscaler, kind), _timeline);
        _desk = new JobDesk(models, options.Seed, _clock, _timeline, jobs, metrics, serving.Recovery.FallbackModel);
        _sources = [new ReplicaSource(() => _pool.All), new QueueSource(jobHost)];
        _content = new ContentSender(_clips);
        if (options.RunFolder is { } folder)
        {
            _journal = JournalWriter.Create(
                Path.Combine(folder, RunFolder.DecisionsName),
                new JournalHeader { Serving = serving, Autoscaler = autoscaler, Seed = options.Seed.Value, EpochNs = _clock.EpochNanoseconds });
            _samples = new SamplesWriter(Path.Combine(folder, SamplesFile.ServerName));
        }

        _loop = new ServingLoop(options.CreateCore(serving, autoscaler, options.Seed), _timeline, _pool, jobHost, _journal);
        var page = new MetricsPage(metrics, jobHost, () => _pool.All, () => _checker.Figures, Facts);
        _web = WebHost.Build(options, new VideoEndpoints(_desk, _clips, _content, options.Http), new HealthEndpoints(Facts, serving.Preload, jobHost, _pool, page));
    }

    public ServerFacts Facts { get; }

    /// <summary>Where it listens; valid after <see cref="StartAsync"/>.</summary>
    public int Port { get; private set; }

    public long EpochNanoseconds => _clock.EpochNanoseconds;

    /// <summary>Faulted when the serving core broke: nothing can be decided any more.</summary>
    public Task Core => _timeline.Completion;

    public static int ThreadsOf(ModelServerOptions options) => options.Threads ?? Math.Max(1, Environment.ProcessorCount - 1);

    /// <summary>Real replicas at most: they share the threads.</summary>
    /// <param name="options">The server's.</param>
    /// <param name="wanted">Of the group that all jobs share, without a pipeline.</param>
    public static int RealReplicasOf(ModelServerOptions options, int wanted)
    {
        var pipeline = options.Serving.Pipeline;
        return options.Real is { } real ? real.Replicas : pipeline.On ? pipeline.Text + pipeline.Denoise + pipeline.Decode : wanted;
    }

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
            await ReplicasEndWithin(_options.DrainLimit);
            if (!_pool.HasEnded)
            {
                _pool.StopAll();
                await ReplicasEndWithin(_options.StopLimit);
            }
        }

        // The replicas' last events first, then the core's answers to them, then whoever still waits for one.
        if (_pool.HasEnded)
        {
            _pool.Dispose();
        }

        if (_kinds.LatenessWords is { } lateness)
        {
            await _options.Diagnostics.WriteLineAsync(lateness);
        }

        _kinds.Dispose();
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

    private static ContentChecker CheckerOf(SafetyOptions safety, ModelServerOptions options, IReadOnlyList<ServedModel> models, LiveTimeline timeline)
    {
        IContentCheck Of(SafetyPhase phase) => ContentChecks.Of(safety, phase, options.Seed, model => models.Any(served => served.Name == model.Name && !served.IsEmulated));
        return new ContentChecker(safety, Of(SafetyPhase.Before), Of(SafetyPhase.After), timeline, timeline, new PacedLines(options.Diagnostics));
    }

    /// <summary>The scenario's rules with what the target says: the model to preload, the kind of node and, with a real group beside the emulated one, both groups.</summary>
    private static ServingOptions ServingOf(ModelServerOptions options, ServedModel model)
    {
        var kind = options.Emulation is null ? ReplicaKinds.Local : ReplicaKinds.Emulated;
        var serving = options.Serving with { Model = new ModelId(model.Name), Kind = kind, Batching = BatchingOf(options, model) };
        return options.Real is not { } real ? serving : serving with
        {
            Groups =
            [
                new ReplicaGroup { Kind = kind, Models = [serving.Model, .. options.Models.Select(name => new ModelId(name))], Replicas = options.Replicas, Scaled = true },
                new ReplicaGroup { Kind = ReplicaKinds.Local, Models = [new ModelId(real.Model)], Replicas = real.Replicas },
            ],
        };
    }

    /// <summary>A memory rule that names only its reserve gets the law of the model served: of its profile, or of the model's own formulas.</summary>
    private static BatchingOptions BatchingOf(ModelServerOptions options, ServedModel model)
    {
        var batching = options.Serving.Batching;
        if (batching.Memory is not { PerVideoBytes: null, BytesPerPixel: null } memory)
        {
            return batching;
        }

        var perPixel = model.Profile is { } profile ? profile.Memory?.BytesPerPixel : WanVideoWorker.BytesPerPixel(options, model.Spec);
        return batching with { Memory = memory with { BytesPerPixel = perPixel > 0 ? perPixel : null } };
    }

    /// <summary>Replicas of a kind at once. A real replica takes this machine's memory and processors; an emulated one nearly nothing.</summary>
    private static int MostOf(ModelServerOptions options, AutoscalerOptions autoscaler, ReplicaKind kind) =>
        kind == ReplicaKinds.Emulated ? int.MaxValue
        : RealReplicasOf(options, autoscaler.Kind == AutoscalerKind.Fixed ? autoscaler.Replicas : autoscaler.Max);

    private static string WeightsOf(ModelServerOptions options, IReadOnlyList<ServedModel> models)
    {
        var real = models.FirstOrDefault(model => !model.IsEmulated) is { } spec ? options.SourceFor(spec.Spec).Label : "";
        return options.Emulation is not { } emulation ? real
            : $"none: {emulation.Label}, times of profile {emulation.Profile.Name}{(real.Length > 0 ? $"; {options.Real!.Model}: {real}" : "")}";
    }

    private async Task ReplicasEndWithin(TimeSpan limit)
    {
        var until = MonotonicClock.SystemNanoseconds + Duration.FromTimeSpan(limit).Nanoseconds;
        while (!_pool.HasEnded && !_timeline.Completion.IsCompleted && MonotonicClock.SystemNanoseconds < until)
        {
            await Task.Delay(10);
        }
    }
}
