using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Metrics;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Jobs;

/// <summary>The replica's side of the jobs: payloads out, progress and clips in.</summary>
internal sealed class BatchHost(JobStore jobs, ClipStore clips, ServerMetrics metrics) : IBatchHost
{
    public VideoTask? Task(JobId job) => jobs.Find(job)?.Task;

    public void Progress(JobId job, int steps) => jobs.Change(job, snapshot => snapshot with { Step = steps });

    public void Store(JobId job, VideoClip clip) => clips.Store(job, clip);

    public string ClipFile(JobId job) => clips.FileOf(job);

    public void Adopt(JobId job) => clips.Adopt(job);

    public void Loaded(ReplicaId replica, ModelId model, double seconds) => metrics.ColdStart(seconds);
}
