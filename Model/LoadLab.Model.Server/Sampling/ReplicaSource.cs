using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Model.Server.Replicas;
using LoadLab.Sensors;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Sampling;

/// <summary>
/// The replicas as seen from inside, each a source replicaN: arena.live, arena.peak and arena.capacity (bytes), busy (share of the time since the read before).
/// Bound: the first <see cref="MaxReplicas"/> different ones of a run; further ones are not sampled.
/// </summary>
/// <param name="replicas">Those there are, in order of number.</param>
internal sealed class ReplicaSource(Func<IReadOnlyList<IReplicaFacts>> replicas) : ISampleSource
{
    public const int MaxReplicas = 256;

    private readonly SortedDictionary<int, Series> _series = [];

    public string Name => "replicas";

    public IReadOnlyCollection<Counter> Counters => [.. _series.Values.SelectMany(series => series.Counters)];

    public void Read(Instant now, ICollection<Sample> into)
    {
        foreach (var replica in replicas())
        {
            if (!_series.TryGetValue(replica.Id.Value, out var series) && _series.Count < MaxReplicas)
            {
                _series[replica.Id.Value] = series = new Series(replica.Id);
            }

            series?.Read(now, replica, into);
        }
    }

    public void Dispose()
    {
    }

    private sealed class Series
    {
        private readonly Counter _live;
        private readonly Counter _peak;
        private readonly Counter _capacity;
        private readonly Counter _busy;
        private (Instant At, double Seconds)? _before;

        public Series(ReplicaId id)
        {
            var source = string.Create(CultureInfo.InvariantCulture, $"replica{id.Value}");
            (_live, _peak, _capacity, _busy) = (new(source, "arena.live", "bytes"), new(source, "arena.peak", "bytes"), new(source, "arena.capacity", "bytes"), new(source, "busy", "share"));
        }

        public IEnumerable<Counter> Counters => [_live, _peak, _capacity, _busy];

        public void Read(Instant now, IReplicaFacts replica, ICollection<Sample> into)
        {
            var memory = replica.Memory;
            _live.Gauge(now, memory.LiveBytes, into);
            _peak.Gauge(now, memory.PeakBytes, into);
            _capacity.Gauge(now, memory.CapacityBytes, into);
            var busy = replica.BusySeconds;
            if (_before is { } before && now > before.At)
            {
                // The clock is read before the busy time, so a share can come out a hair above one.
                _busy.Gauge(now, Math.Min(1, (busy - before.Seconds) / (now - before.At).Seconds), into);
            }

            _before = (now, busy);
        }
    }
}
