using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Metrics;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Jobs;

/// <summary>The replica's side of the jobs: payloads out, progress and clips in, and batches on their way from one replica to the next.</summary>
internal sealed class BatchHost(JobStore jobs, ClipStore clips, ServerMetrics metrics, HandOvers handOvers) : IBatchHost
{
    public VideoTask? Task(JobId job) => jobs.Find(job)?.Task;

    // A replica that was lost may still tell of a job that waits for its next attempt.
    public void Progress(JobId job, int steps) => jobs.Change(job, snapshot => snapshot.Status == JobStatus.InProgress ? snapshot with { Step = steps } : snapshot);

    public void Store(JobId job, VideoClip clip) => clips.Store(job, clip);

    public string ClipFile(JobId job) => clips.FileOf(job);

    public void Adopt(JobId job) => clips.Adopt(job);

    public void Keep(BatchId batch, HandOver made) => handOvers.Keep(batch, made);

    public HandOver? Take(BatchId batch, IReadOnlyList<JobId> jobs) => handOvers.Take(batch, jobs);

    public void Loaded(ReplicaId replica, ModelId model, double seconds) => metrics.ColdStart(seconds);

    public void Pinged(ReplicaId replica, ModelId model, double seconds) => metrics.Ping(seconds);
}
