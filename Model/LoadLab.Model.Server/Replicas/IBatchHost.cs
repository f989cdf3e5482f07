using LoadLab.Model.Pipeline;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Replicas;

/// <summary>What a replica gets from and gives to its host beside events: payloads, progress, clips, batches between stages. Thread-safe.</summary>
internal interface IBatchHost
{
    /// <summary>The job's payload; null when the host has forgotten it.</summary>
    VideoTask? Task(JobId job);

    /// <param name="job">The job.</param>
    /// <param name="steps">Denoise steps done.</param>
    void Progress(JobId job, int steps);

    /// <summary>Keeps the clip; called before the batch's end is posted.</summary>
    void Store(JobId job, VideoClip clip);

    /// <summary>The file that a replica in another process writes the job's clip to.</summary>
    string ClipFile(JobId job) => throw new NotSupportedException("this host has no files for clips");

    /// <summary>Keeps the clip that has been written to <see cref="ClipFile"/>; called before the batch's end is posted.</summary>
    void Adopt(JobId job) => throw new NotSupportedException("this host has no files for clips");

    /// <summary>Holds what a stage made until the next replica takes it; called before the stage's end is posted.</summary>
    void Keep(BatchId batch, HandOver made);

    /// <summary>Gives what was kept, once. Without jobs when every one of these has ended meanwhile; null when nothing was kept.</summary>
    HandOver? Take(BatchId batch, IReadOnlyList<JobId> jobs);

    /// <summary>Time that a replica spent loading weights, cold.</summary>
    void Loaded(ReplicaId replica, ModelId model, double seconds);

    /// <summary>Time that a replica spent on a ping of the model it has.</summary>
    void Pinged(ReplicaId replica, ModelId model, double seconds);
}
