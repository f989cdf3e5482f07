using System.Collections.Concurrent;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Tests.Replicas;

/// <summary>The core's entrance and the host of jobs, in a test: keeps what comes.</summary>
internal sealed class EventLog(ModelId model, JobShape shape) : IEventSink, IBatchHost
{
    private readonly BlockingCollection<ServingEvent> _events = [];

    public ConcurrentQueue<(JobId Job, int Steps)> Steps { get; } = new();

    public ConcurrentQueue<JobId> Clips { get; } = new();

    public int Loads { get; private set; }

    public int Pings { get; private set; }

    public string Prompt { get; set; } = "a cat";

    /// <summary>Called for each step of progress, on the replica's thread.</summary>
    public Action<JobId, int>? OnProgress { get; set; }

    public void Post(ServingEvent e) => _events.Add(e);

    public ServingEvent Take() => _events.TryTake(out var e, TimeSpan.FromMinutes(2)) ? e : throw new TimeoutException("no event came");

    public List<ServingEvent> Take(int count) => [.. Enumerable.Range(0, count).Select(_ => Take())];

    /// <summary>Events up to and with the first of a type.</summary>
    public List<ServingEvent> Until<T>()
    {
        var seen = new List<ServingEvent>();
        do
        {
            seen.Add(Take());
        }
        while (seen[^1] is not T);
        return seen;
    }

    public VideoTask? Task(JobId job) => job.Value < 0 ? null : new VideoTask(model, shape, new VideoJob(Prompt, 1), 16);

    public void Progress(JobId job, int steps)
    {
        Steps.Enqueue((job, steps));
        OnProgress?.Invoke(job, steps);
    }

    public void Store(JobId job, VideoClip clip) => Clips.Enqueue(job);

    public void Keep(BatchId batch, HandOver made) => throw new NotSupportedException();

    public HandOver? Take(BatchId batch, IReadOnlyList<JobId> jobs) => throw new NotSupportedException();

    public void Loaded(ReplicaId replica, ModelId loaded, double seconds) => Loads++;

    public void Pinged(ReplicaId replica, ModelId pinged, double seconds) => Pings++;
}
