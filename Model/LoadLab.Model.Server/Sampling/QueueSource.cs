using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Model.Server.Jobs;
using LoadLab.Sensors;

namespace LoadLab.Model.Server.Sampling;

/// <summary>The queue: queue.length (jobs that wait), queue.length.TIER for each tier of the scenario, and jobs.running (jobs in batches under way).</summary>
internal sealed class QueueSource(JobHost jobs) : ISampleSource
{
    private readonly Counter _length = new("server", "queue.length", "jobs");
    private readonly Counter _running = new("server", "jobs.running", "jobs");
    private readonly Counter[] _tiers = [.. jobs.Waiting.Tiers.Select(tier => new Counter("server", $"queue.length.{tier}", "jobs"))];

    public string Name => "server";

    public IReadOnlyCollection<Counter> Counters => [_length, _running, .. _tiers];

    public void Read(Instant now, ICollection<Sample> into)
    {
        _length.Gauge(now, jobs.QueueLength, into);
        _running.Gauge(now, jobs.Running, into);
        for (var i = 0; i < _tiers.Length; i++)
        {
            _tiers[i].Gauge(now, jobs.Waiting.Of(i), into);
        }
    }

    public void Dispose()
    {
    }
}
