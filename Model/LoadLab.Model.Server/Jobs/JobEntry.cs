using LoadLab.Serving;

namespace LoadLab.Model.Server.Jobs;

/// <summary>One job in the store: its last snapshot and who waits for it. Guarded by the store's lock.</summary>
internal sealed class JobEntry(JobSnapshot snapshot, JobView view)
{
    private int _cancelAsked;

    public JobSnapshot Snapshot { get; set; } = snapshot;

    public JobView View { get; } = view;

    public TaskCompletionSource<Admission> Admitted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>True for the first to ask, so that a job is cancelled once however many ask. Thread-safe.</summary>
    public bool TryAskToCancel() => Interlocked.Exchange(ref _cancelAsked, 1) == 0;

    /// <summary>The question could not be put: the next one may.</summary>
    public void TakeBackCancel() => Volatile.Write(ref _cancelAsked, 0);
}
