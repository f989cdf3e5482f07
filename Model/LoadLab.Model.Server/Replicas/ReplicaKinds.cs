using System.Diagnostics;
using System.Globalization;
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
    private readonly List<ProcessReplica> _computing = [];

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

    /// <summary>How late the emulated replicas of this process were, in a sentence; null when none waited.</summary>
    public string? LatenessWords => _timers.IsValueCreated && _timers.Value.LatenessAt(0.5) is { } median
        ? string.Create(CultureInfo.InvariantCulture, $"emulated replicas: {_timers.Value.Waits} waits ended late by {median.Milliseconds:0.000} ms (median), {_timers.Value.LatenessAt(0.99)!.Value.Milliseconds:0.000} ms (p99)")
        : null;

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
        : new ModelReplica(id, CreateWorker, host, events, _options.BusyPoll ? ThreadAffinity.IsApart : null) { Kind = kind };

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

    private Func<ReplicaId, ILiveReplica> Factory(ReplicaKind kind, bool inChild, FaultPlan? faults, IBatchHost host, IEventSink events) => !inChild
        ? id => Create(kind, id, host, events)
        : kind == Emulated
            ? id => new ProcessReplica(id, kind, address => _options.Program!.Start(address, computes: false), _pipes.Value.AddressOf(id.Value), faults, host, events)
            : id => CreateWithProcessors(id, host, events);

    /// <summary>Each real process keeps to a share of the processors that no other has. Called by the core's thread.</summary>
    private ProcessReplica CreateWithProcessors(ReplicaId id, IBatchHost host, IEventSink events)
    {
        var slot = _computing.FindIndex(replica => replica.HasEnded);
        slot = slot < 0 ? _computing.Count : slot;
        var processors = ThreadAffinity.Share(slot, ServerHost.ThreadsOf(_options) / ServerHost.RealReplicasOf(_options, _options.Replicas));
        if (_options.OwnsProcess)
        {
            ThreadAffinity.KeepOff(processors);
        }

        var replica = new ProcessReplica(id, Local, Start, _pipes.Value.AddressOf(id.Value), null, host, events);
        if (slot == _computing.Count)
        {
            _computing.Add(replica);
        }

        _computing[slot] = replica;
        return replica;

        Process Start(string address)
        {
            var process = _options.Program!.Start(address, computes: true);
            ThreadAffinity.Give(process.Id, processors);
            return process;
        }
    }

    /// <summary>One at a time: each finds its threads among those that have no processors of their own yet.</summary>
    private IVideoWorker CreateWorker()
    {
        lock (_creating)
        {
            return _createWorker();
        }
    }
}
