namespace LoadLab.Engine.Targets.Protocols;

/// <summary>What a service's word for a job means.</summary>
internal enum JobState
{
    Queued,
    InProgress,
    Completed,
    Failed,
    Cancelled,
    Rejected,
}
