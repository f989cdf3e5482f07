using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Model.Server.Jobs;
using LoadLab.Sensors;

namespace LoadLab.Model.Server.Sampling;

/// <summary>The queue: queue.length (jobs that wait) and jobs.running (jobs in batches under way).</summary>
internal sealed class QueueSource(JobHost jobs) : ISampleSource
{
    private readonly Counter _length = new("server", "queue.length", "jobs");
    private readonly Counter _running = new("server", "jobs.running", "jobs");

    public string Name => "server";

    public IReadOnlyCollection<Counter> Counters => [_length, _running];

    public void Read(Instant now, ICollection<Sample> into)
    {
        _length.Gauge(now, jobs.QueueLength, into);
        _running.Gauge(now, jobs.Running, into);
    }

    public void Dispose()
    {
    }
}
