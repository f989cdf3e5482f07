using System.Globalization;
using LoadLab.Core;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Jobs;
using LoadLab.Model.Server.Metrics;
using LoadLab.Model.Server.Replicas;
using LoadLab.Model.Server.Timeline;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Http;

/// <summary>Between requests and the serving core: hands jobs in, waits for the core's word, gives jobs up.</summary>
internal sealed class JobDesk(WanModelSpec model, Seed seed, MonotonicClock clock, LiveTimeline timeline, JobStore jobs, ServerMetrics metrics)
{
    private const int MaxRetryAfterSeconds = 600;
    private readonly TaskCompletionSource _stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="models">What is served; the first is the one for requests that name none.</param>
    /// <param name="seed">Of the run.</param>
    /// <param name="clock">The run's.</param>
    /// <param name="timeline">The core's entrance.</param>
    /// <param name="jobs">Where jobs are kept.</param>
    /// <param name="metrics">Counts what is refused before the core sees it.</param>
    public JobDesk(IReadOnlyList<ServedModel> models, Seed seed, MonotonicClock clock, LiveTimeline timeline, JobStore jobs, ServerMetrics metrics)
        : this(models[0].Spec, seed, clock, timeline, jobs, metrics)
    {
    }

    public WanModelSpec Model => model;

    public Instant Now => clock.Now;

    /// <summary>Ends when the server stops: whoever waits for a job answers with what is known.</summary>
    public Task Stopping => _stopping.Task;

    /// <summary>About the time until one more job fits into a full queue: one job's mean time.</summary>
    public int RetryAfterSeconds => Math.Clamp((int)Math.Ceiling(metrics.MeanWholeSeconds), 1, MaxRetryAfterSeconds);

    public void Stop() => _stopping.TrySetResult();

    public JobEntry? Find(string name) => jobs.TryFind(name, out var entry) ? entry : null;

    public void Cancel(JobEntry entry) => timeline.Post(new ServingEvent.Cancelled(entry.Snapshot.Id));

    /// <summary>Hands a job in; the answer is the core's. A client that leaves meanwhile gives its job up.</summary>
    public async Task<(JobEntry Entry, Admission Admission)> AdmitAsync(VideoRequest request, Instant received, CancellationToken cancellationToken)
    {
        var entry = jobs.Add(id =>
        {
            var task = TaskOf(id, request);
            return (ViewOf(id, request, received, model.IsGuided(task.Job)), task);
        });
        if (!timeline.TryPost(new ServingEvent.Arrived(entry.View)))
        {
            jobs.Remove(entry.Snapshot.Id);
            metrics.Ended(Outcome.Rejected, "429");
            return (entry, new Admission(false, "429"));
        }

        try
        {
            await Task.WhenAny(entry.Admitted.Task, Stopping).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Cancel(entry);
            throw;
        }

        return (entry, entry.Admitted.Task.IsCompleted ? await entry.Admitted.Task : new Admission(false, "shutdown"));
    }

    private JobView ViewOf(JobId id, VideoRequest request, Instant received, bool guided) => new()
    {
        Id = id,
        Received = received,
        Model = new ModelId(model.Name),
        Width = request.Shape.Width,
        Height = request.Shape.Height,
        Frames = request.Shape.Frames,
        Steps = request.Shape.Steps,
        Guided = guided,
        Quality = request.Quality,
        Tier = request.Tier,
        Tenant = request.Tenant,
        Deadline = request.Deadline is { } deadline ? received + deadline : null,
        PromptHash = Seed.Fnv1a(request.Prompt).ToString("x16", CultureInfo.InvariantCulture),
    };

    /// <summary>A request without a seed gets one from the run's seed and its number, so that the same run makes the same clips.</summary>
    private VideoTask TaskOf(JobId id, VideoRequest request) => new(
        new ModelId(model.Name),
        request.Shape,
        new VideoJob(request.Prompt, (ulong?)request.Seed ?? seed.Derive("clips").Derive(id.Value).Value >> 1)
        {
            NegativePrompt = request.NegativePrompt,
            Guidance = request.Guidance,
            HighNoiseGuidance = request.HighNoiseGuidance,
        },
        request.FramesPerSecond);
}
