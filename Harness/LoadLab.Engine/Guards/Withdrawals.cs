namespace LoadLab.Engine.Guards;

/// <summary>Jobs that clients gave up on and asked the service to cancel, and how many of these requests it accepted: a job that is not cancelled goes on costing. Thread-safe.</summary>
public sealed class Withdrawals
{
    private int _asked;
    private int _accepted;

    /// <summary>Requests to cancel that were sent.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>Of these, answered with success.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    public void Ask() => Interlocked.Increment(ref _asked);

    public void Accept() => Interlocked.Increment(ref _accepted);
}
