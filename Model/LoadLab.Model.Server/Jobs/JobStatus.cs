namespace LoadLab.Model.Server.Jobs;

internal enum JobStatus
{
    Queued,
    InProgress,
    Completed,
    Failed,
    Cancelled,
}
