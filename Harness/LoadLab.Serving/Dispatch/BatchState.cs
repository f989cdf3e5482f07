using LoadLab.Core;
using LoadLab.Serving.Batching;

namespace LoadLab.Serving.Dispatch;

/// <summary>Jobs that run together, over all stages of it.</summary>
internal sealed class BatchState
{
    public required BatchId Id { get; init; }

    public required BatchKey Key { get; init; }

    /// <summary>As started; jobs that were cancelled meanwhile included.</summary>
    public required JobState[] Jobs { get; init; }

    /// <summary>The lane of its first job.</summary>
    public required int Lane { get; init; }

    /// <summary>The stage under way, or, between two replicas, the next.</summary>
    public Stage Stage { get; set; }

    /// <summary>Who runs it, or ran its last stage.</summary>
    public ReplicaId Replica { get; set; }

    /// <summary>Whether it lies between two replicas of a pipeline.</summary>
    public bool Between { get; set; }

    /// <summary>When the stage under way started.</summary>
    public Instant Started { get; set; }

    /// <summary>Replica time of the stages that ended.</summary>
    public Duration Took { get; set; }

    /// <summary>Replica-seconds it was expected to take when it started.</summary>
    public double Expected { get; init; }

    /// <summary>Denoise steps that its jobs had when it started.</summary>
    public int FromStep { get; init; }

    /// <summary>Denoise steps that are kept outside its replica.</summary>
    public int Checkpoint { get; set; }

    /// <summary>Told to stop at its next step.</summary>
    public bool GivesWay { get; set; }

    /// <summary>The last pass of preemption that counted on its replica.</summary>
    public long Claim { get; set; }

    /// <summary>Whether somebody still waits for one of its jobs.</summary>
    public bool IsWanted
    {
        get
        {
            foreach (var job in Jobs)
            {
                if (ReferenceEquals(job.Batch, this))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
