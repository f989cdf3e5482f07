using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Guards;

namespace LoadLab.Engine.Tests;

/// <summary>A service of some servers and one queue, seen as the guard sees it: counts of calls due and ended at each arrival, and the calls that completed.</summary>
/// <param name="servers">Alike; each serves one call at a time, first come, first served.</param>
/// <param name="serviceSeconds">Draws the service time of a call.</param>
internal sealed class QueueSimulation(int servers, Func<double> serviceSeconds)
{
    private readonly PriorityQueue<CallRecord, double> _ends = new();
    private readonly PriorityQueue<int, double> _free = new(Enumerable.Range(0, servers).Select(server => (server, 0.0)));
    private int _due;
    private int _ended;

    /// <summary>Whether the service's own clocks reach the client.</summary>
    public bool HasClocks { get; init; }

    /// <summary>Feeds the arrivals until the watch has found something. The count of calls that had ended by then; null when it found nothing.</summary>
    public int? Play(SaturationWatch watch, IEnumerable<double> arrivals)
    {
        foreach (var at in arrivals)
        {
            while (_ends.TryPeek(out var call, out var end) && end <= at)
            {
                _ends.Dequeue();
                _ended++;
                watch.Completed(call);
            }

            _due++;
            _free.TryDequeue(out var server, out var free);
            var start = Math.Max(free, at);
            var done = start + serviceSeconds();
            _free.Enqueue(server, done);
            _ends.Enqueue(Record(at, start, done), done);
            if (watch.Observe(Instant.FromSeconds(at), _due, _ended))
            {
                return _ended;
            }
        }

        return null;
    }

    /// <summary>Poisson arrivals of a rate that may change, thinned from its peak.</summary>
    public static IEnumerable<double> Arrivals(RandomStream random, double seconds, double peak, Func<double, double>? rate = null)
    {
        for (var at = random.NextExponential() / peak; at < seconds; at += random.NextExponential() / peak)
        {
            if (rate is null || random.NextDouble() * peak < rate(at))
            {
                yield return at;
            }
        }
    }

    private CallRecord Record(double at, double start, double done) => new()
    {
        Call = _due,
        Intended = Instant.FromSeconds(at),
        Sent = Instant.FromSeconds(at),
        Started = HasClocks ? Instant.FromSeconds(start) : null,
        Completed = Instant.FromSeconds(done),
        Outcome = Outcome.Completed,
    };
}
