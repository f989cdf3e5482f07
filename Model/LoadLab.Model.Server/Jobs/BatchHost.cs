using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Metrics;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Jobs;

/// <summary>The replica's side of the jobs: payloads out, progress and clips in.</summary>
internal sealed class BatchHost(JobStore jobs, ClipStore clips, ServerMetrics metrics) : IBatchHost
{
    public VideoTask? Task(JobId job) => jobs.Find(job)?.Task;

    // A replica that was lost may still tell of a job that waits for its next attempt.
    public void Progress(JobId job, int steps) => jobs.Change(job, snapshot => snapshot.Status == JobStatus.InProgress ? snapshot with { Step = steps } : snapshot);

    public void Store(JobId job, VideoClip clip) => clips.Store(job, clip);

    public void Loaded(ReplicaId replica, ModelId model, double seconds) => metrics.ColdStart(seconds);
}
