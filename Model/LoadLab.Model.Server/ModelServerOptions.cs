using System.Net;
using LoadLab.Core;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Residency;
using LoadLab.Model.Server.Emulation;
using LoadLab.Model.Server.Http;
using LoadLab.Model.Server.Replicas.Processes;
using LoadLab.Model.Weights;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Tensors;

namespace LoadLab.Model.Server;

/// <summary>How one model server runs. Everything but the model has a default.</summary>
public sealed record ModelServerOptions
{
    /// <summary>Catalogue name, for example wan2.2-ti2v-5b-nano.</summary>
    public required string Model { get; init; }

    /// <summary>Further models that are served; a replica holds one at a time.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Real replicas: they share this machine's processors. With <see cref="Emulation"/> the emulated ones.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Whether each real replica is a process of its own.</summary>
    public bool InChildren { get; init; }

    /// <summary>Replicas that wait a profile's times serve the models; null = real ones do.</summary>
    public EmulationOptions? Emulation { get; init; }

    /// <summary>Real replicas beside the emulated ones, with a model of their own.</summary>
    public RealReplicas? Real { get; init; }

    /// <summary>How many replicas there are when; null = always <see cref="Replicas"/>.</summary>
    public AutoscalerOptions? Autoscaler { get; init; }

    /// <summary>How a replica is started as a process; required when any is to be one.</summary>
    public ReplicaProgram? Program { get; init; }

    /// <summary>Queue limit and preload; its model is set to <see cref="Model"/>.</summary>
    public ServingOptions Serving { get; init; } = new();

    /// <summary>For a full model the folder of its safetensors; for a small one the cache its weights are written to once.</summary>
    /// <value>A folder of this user's local application data.</value>
    public string WeightsFolder { get; init; } = Path.Combine(LocalData, "loadlab", "weights");

    /// <summary>Random weights made on the device, instead of what the folder holds.</summary>
    public bool DrawWeights { get; init; }

    /// <summary>Compute threads of all real replicas together; null = all processors but one, at least one each.</summary>
    public int? Threads { get; init; }

    /// <summary>Whether the process has nothing to do but to be this server: its other threads then keep off the processors that compute.</summary>
    public bool OwnsProcess { get; init; }

    /// <summary>
    /// Whether a real replica's thread looks for its next batch without sleeping, where it has a processor for itself (Linux, <see cref="OwnsProcess"/>, fewer compute threads than processors).
    /// A processor that wakes up computes more slowly for a while (its clock, its caches, where a virtual machine's host puts it), so that a call's time hangs on how long nothing was to do.
    /// </summary>
    public bool BusyPoll { get; init; }

    /// <summary>Memory of one real replica's arena, in bytes.</summary>
    public long MemoryBytes { get; init; } = 1L << 30;

    /// <summary>Where the model's parts live; null = resident for a small model, the first plan that fits for a full one.</summary>
    public ResidencyChoice? Residency { get; init; }

    /// <summary>Makes the replica's tensor backend of (memory in bytes, threads), on the thread that will compute; the replica disposes it. Null = this program's own on the processor.</summary>
    public Func<long, int, ITensorBackend>? CreateBackend { get; init; }

    /// <summary>Type of the text encoder's and transformers' weights; the backend must support it.</summary>
    public ElementType WeightType { get; init; }

    public IPAddress Bind { get; init; } = IPAddress.Loopback;

    /// <summary>0 = a free one.</summary>
    public int Port { get; init; }

    /// <summary>Requests must carry it as Authorization: Bearer; it stands for every tenant. This or <see cref="Keys"/> is required when <see cref="Bind"/> is not loopback; null = no key.</summary>
    public string? Key { get; init; }

    /// <summary>Keys of tenants; null = none.</summary>
    public ApiKeys? Keys { get; init; }

    /// <summary>Where decisions.jsonl, server-samples.csv and clips go; null = neither journal nor samples, clips in a temporary folder.</summary>
    public string? RunFolder { get; init; }

    /// <summary>The run's epoch on this host's monotonic clock, nanoseconds; null = now.</summary>
    public long? EpochNanoseconds { get; init; }

    /// <summary>Seed of the run: the noise of requests without a seed is derived from it.</summary>
    public Seed Seed { get; init; }

    /// <summary>Rounds of server samples per second.</summary>
    public double SampleRateHz { get; init; } = 20;

    /// <summary>Clips kept, in bytes; past it the oldest go.</summary>
    public long MaxClipBytes { get; init; } = 256L << 20;

    /// <summary>A parent's pipe, usually standard input: when it ends, the server stops. Null = no parent is watched.</summary>
    public Stream? Lifeline { get; init; }

    /// <summary>Gets one JSON line when the server listens.</summary>
    public TextWriter Output { get; init; } = TextWriter.Null;

    /// <summary>Gets lines for people.</summary>
    public TextWriter Diagnostics { get; init; } = TextWriter.Null;

    /// <summary>What clients may take.</summary>
    internal HttpLimits Http { get; init; } = new();

    /// <summary>Every key that lets a request in; null when none is needed.</summary>
    internal ApiKeys? AllKeys => Key is null ? Keys : Keys?.With(Key) ?? ApiKeys.Of(Key);

    /// <summary>When stopping, how long the running batch may go on; then it is cancelled.</summary>
    internal TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a cancelled batch may take to its next step; then the server ends without it.</summary>
    internal TimeSpan StopLimit { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Makes the core of (rules, scaling rule, seed); tests give it policies of their own.</summary>
    internal Func<ServingOptions, AutoscalerOptions, Seed, ServingCore> CreateCore { get; init; } = (serving, autoscaler, seed) => new ServingCore(serving, autoscaler, seed);

    internal WeightsSource SourceFor(WanModelSpec model) => DrawWeights ? new WeightsSource.Drawn() : WeightsSource.Of(model, WeightsFolder);

    private static string LocalData =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData) is { Length: > 0 } folder ? folder : Path.GetTempPath();
}
