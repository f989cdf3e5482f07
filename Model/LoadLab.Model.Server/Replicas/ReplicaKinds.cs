using System.Diagnostics;
using LoadLab.Core;
using LoadLab.Model.Server.Emulation;
using LoadLab.Model.Server.Replicas.Processes;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Replicas;

/// <summary>Makes the replicas of a server's kinds, in this process or in processes of their own.</summary>
internal sealed class ReplicaKinds : IDisposable
{
    /// <summary>Replicas that compute.</summary>
    public static readonly ReplicaKind Local = new("local");

    /// <summary>Replicas that wait.</summary>
    public static readonly ReplicaKind Emulated = new("emulated");

    private readonly ModelServerOptions _options;
    private readonly Func<IVideoWorker> _createWorker;
    private readonly Lock _creating = new();
    private readonly Lazy<TimerQueue> _timers = new(() => new TimerQueue());
    private readonly Lazy<PipeFolder> _pipes = new(() => new PipeFolder());
    private readonly EmulatedWork? _work;
    private readonly FaultPlan _faults;
    private readonly Action? _die;

    /// <param name="options">Checked already.</param>
    /// <param name="createWorker">Makes what computes; called on the replica's thread, one at a time.</param>
    /// <param name="isChild">Whether this process is one replica: an injected crash then ends it.</param>
    public ReplicaKinds(ModelServerOptions options, Func<IVideoWorker> createWorker, bool isChild = false)
    {
        (_options, _createWorker) = (options, createWorker);
        _work = options.Emulation is { } emulation ? new EmulatedWork(emulation, options.Seed) : null;
        _faults = new FaultPlan(options.Emulation?.Faults ?? new FaultOptions(), options.Seed);
        _die = isChild ? static () => Process.GetCurrentProcess().Kill() : null;
    }

    /// <summary>How late emulated replicas of this process were; null before one waited, and when none does.</summary>
    /// <param name="share">In (0, 1].</param>
    public Duration? LatenessAt(double share) => _timers.IsValueCreated ? _timers.Value.LatenessAt(share) : null;

    /// <summary>The kinds of a server and what makes a replica of each.</summary>
    public IReadOnlyDictionary<ReplicaKind, Func<ReplicaId, ILiveReplica>> Of(IBatchHost host, IEventSink events)
    {
        var kinds = new Dictionary<ReplicaKind, Func<ReplicaId, ILiveReplica>>();
        if (_options.Emulation is { } emulation)
        {
            kinds[Emulated] = Factory(Emulated, emulation.InChildren, _faults, host, events);
        }

        if (_options.Emulation is null || _options.Real is not null)
        {
            kinds[Local] = Factory(Local, _options.Real?.InChildren ?? _options.InChildren, null, host, events);
        }

        return kinds;
    }

    /// <summary>A replica in this process.</summary>
    public ILiveReplica Create(ReplicaKind kind, ReplicaId id, IBatchHost host, IEventSink events) => kind == Emulated && _work is { } work
        ? new EmulatedReplica(id, kind, work, _options.Serving.TextCache, _faults, host, events, _timers.Value, _die)
        : new ModelReplica(id, CreateWorker, host, events) { Kind = kind };

    public void Dispose()
    {
        if (_timers.IsValueCreated)
        {
            _timers.Value.Dispose();
        }

        if (_pipes.IsValueCreated)
        {
            _pipes.Value.Dispose();
        }
    }

    private Func<ReplicaId, ILiveReplica> Factory(ReplicaKind kind, bool inChild, FaultPlan? faults, IBatchHost host, IEventSink events) => inChild
        ? id => new ProcessReplica(id, kind, address => _options.Program!.Start(address, computes: kind == Local), _pipes.Value.AddressOf(id.Value), faults, host, events)
        : id => Create(kind, id, host, events);

    /// <summary>One at a time: each finds its threads among those that have no processors of their own yet.</summary>
    private IVideoWorker CreateWorker()
    {
        lock (_creating)
        {
            return _createWorker();
        }
    }
}
