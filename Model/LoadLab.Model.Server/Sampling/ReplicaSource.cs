using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Model.Server.Replicas;
using LoadLab.Sensors;

namespace LoadLab.Model.Server.Sampling;

/// <summary>The replica as seen from inside: arena.live and arena.peak (bytes), busy (share of the time since the read before).</summary>
internal sealed class ReplicaSource(LocalReplicaPool pool) : ISampleSource
{
    private readonly Counter _live = new("replica0", "arena.live", "bytes");
    private readonly Counter _peak = new("replica0", "arena.peak", "bytes");
    private readonly Counter _busy = new("replica0", "busy", "share");
    private (ILiveReplica Replica, Instant At, double Seconds)? _before;

    public string Name => "replica0";

    public IReadOnlyCollection<Counter> Counters => [_live, _peak, _busy];

    public void Read(Instant now, ICollection<Sample> into)
    {
        if (pool.Current is not { } replica)
        {
            return;
        }

        var memory = replica.Memory;
        _live.Gauge(now, memory.LiveBytes, into);
        _peak.Gauge(now, memory.PeakBytes, into);
        var busy = replica.BusySeconds;
        if (_before is { } before && before.Replica == replica && now > before.At)
        {
            // The clock is read before the busy time, so a share can come out a hair above one.
            _busy.Gauge(now, Math.Min(1, (busy - before.Seconds) / (now - before.At).Seconds), into);
        }

        _before = (replica, now, busy);
    }

    public void Dispose()
    {
    }
}
