using LoadLab.Core;

namespace LoadLab.Fleet;

/// <summary>What will become of a batch that was started.</summary>
/// <param name="Times">Counted from its start.</param>
/// <param name="Failure">Null when it will end well.</param>
internal readonly record struct BatchPlan(StageTimes Times, BatchFailure? Failure)
{
    /// <summary>When the replica is free again, counted from the start.</summary>
    public Duration End => Failure?.At ?? Times.End;
}

/// <param name="At">Counted from the batch's start.</param>
/// <param name="Cause">As BatchFailed says it.</param>
/// <param name="Detail">One line for people.</param>
internal readonly record struct BatchFailure(Duration At, string Cause, string Detail);
