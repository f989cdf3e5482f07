namespace LoadLab.Engine.Targets;

/// <summary>Tells calls in flight that the run is over for them: each ends unfinished with the reason given, and withdraws its job from the service when asked to.</summary>
public sealed class RunStop : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private volatile string _reason = "run-ended";
    private volatile bool _withdraw;

    public RunStop() => Token = _source.Token;

    public CancellationToken Token { get; }

    public string Reason => _reason;

    /// <summary>Whether calls cancel their jobs at the service.</summary>
    public bool Withdraw => _withdraw;

    public void Stop(string reason, bool withdraw)
    {
        _reason = reason;
        _withdraw = withdraw;
        _source.Cancel();
    }

    public void Dispose() => _source.Dispose();
}
