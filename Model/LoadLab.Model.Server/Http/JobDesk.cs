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
/// <param name="models">What is served; the first is the one for requests that name none.</param>
/// <param name="seed">Of the run.</param>
/// <param name="clock">The run's.</param>
/// <param name="timeline">The core's entrance.</param>
/// <param name="jobs">Where jobs are kept.</param>
/// <param name="metrics">Counts what is refused before the core sees it.</param>
/// <param name="fallback">The lighter model that the core may have serve a job; its shapes decide whether.</param>
internal sealed class JobDesk(IReadOnlyList<ServedModel> models, Seed seed, MonotonicClock clock, LiveTimeline timeline, JobStore jobs, ServerMetrics metrics, ModelId fallback = default)
{
    private static readonly Duration s_maxRetryAfter = Duration.FromSeconds(600);
    private readonly TaskCompletionSource _stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly ServedModel? _fallback = models.FirstOrDefault(model => model.Name == fallback.Name);

    public IReadOnlyList<ServedModel> Models => models;

    public Instant Now => clock.Now;

    /// <summary>Ends when the server stops: whoever waits for a job answers with what is known.</summary>
    public Task Stopping => _stopping.Task;

    /// <summary>About the time until one more job fits into a full queue: one job's mean time.</summary>
    public Duration RetryAfter => Duration.FromSeconds(Math.Clamp(metrics.MeanWholeSeconds, 1, s_maxRetryAfter.Seconds));

    public void Stop() => _stopping.TrySetResult();

    /// <summary>A job has one name: a number written another way is none.</summary>
    public JobEntry? Find(string name) => jobs.TryFind(name, out var entry) && entry.Snapshot.Name == name ? entry : null;

    /// <summary>
    /// Gives a job up; asking again for the same job asks the core nothing. False when too many events wait for the core: only what the server itself posts may
    /// pass that bound, or clients could shut the replicas out.
    /// </summary>
    public bool TryCancel(JobEntry entry)
    {
        if (!entry.TryAskToCancel())
        {
            return true;
        }

        if (timeline.TryPost(new ServingEvent.Cancelled(entry.Snapshot.Id)))
        {
            return true;
        }

        entry.TakeBackCancel();
        return false;
    }

    /// <summary>Hands a job in; the answer is the core's. A client that leaves meanwhile gives its job up.</summary>
    public async Task<(JobEntry Entry, Admission Admission)> AdmitAsync(VideoRequest request, Instant received, CancellationToken cancellationToken)
    {
        var entry = jobs.Add(id =>
        {
            var task = TaskOf(id, request);
            return (ViewOf(id, request, received, task.Job), task);
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
            TryCancel(entry);
            throw;
        }

        return (entry, entry.Admitted.Task.IsCompleted ? await entry.Admitted.Task : new Admission(false, "shutdown"));
    }

    private JobView ViewOf(JobId id, VideoRequest request, Instant received, VideoJob job) => new()
    {
        Id = id,
        Received = received,
        Model = new ModelId(request.Model.Name),
        Width = request.Shape.Width,
        Height = request.Shape.Height,
        Frames = request.Shape.Frames,
        Steps = request.Shape.Steps,
        Guided = request.Model.Spec.IsGuided(job),
        Quality = request.Quality,
        FitsFallback = _fallback?.Check(request.Shape, job).Count is null or 0,
        Tier = request.Tier,
        Tenant = request.Tenant,
        Deadline = request.Deadline is { } deadline ? received + deadline : null,
        PromptHash = Seed.Fnv1a(request.Prompt).ToString("x16", CultureInfo.InvariantCulture),
    };

    /// <summary>A request without a seed gets one from the run's seed and its number, so that the same run makes the same clips.</summary>
    private VideoTask TaskOf(JobId id, VideoRequest request) => new(
        new ModelId(request.Model.Name),
        request.Shape,
        request.JobWith(seed.Derive("clips").Derive(id.Value).Value >> 1),
        request.FramesPerSecond);
}
