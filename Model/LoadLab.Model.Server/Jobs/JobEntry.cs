using LoadLab.Serving;

namespace LoadLab.Model.Server.Jobs;

/// <summary>One job in the store: its last snapshot and who waits for it. Guarded by the store's lock.</summary>
internal sealed class JobEntry(JobSnapshot snapshot, JobView view)
{
    public JobSnapshot Snapshot { get; set; } = snapshot;

    public JobView View { get; } = view;

    public TaskCompletionSource<Admission> Admitted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
