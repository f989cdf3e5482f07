using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Engine.Targets.Http;

/// <summary>When a call ends from the client's side: the user's patience (from the intended time), the client's limit (from sending), or the end of the run.</summary>
internal sealed class CallLimit : IDisposable
{
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _source;
    private readonly RunStop _run;
    private readonly bool _patienceFirst;

    public CallLimit(ScheduledCall call, Instant now, Duration timeout, RunStop run, TimeProvider time)
    {
        _run = run;
        var end = now + timeout;
        if (call.Patience is { } patience && call.Intended + patience <= end)
        {
            _patienceFirst = true;
            end = call.Intended + patience;
        }

        _timer = new CancellationTokenSource(TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling((end - now).Milliseconds))), time);
        _source = CancellationTokenSource.CreateLinkedTokenSource(run.Token, _timer.Token);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Whether the job should be withdrawn: always when the user or the client gave up, at the end of the run as the run says.</summary>
    public bool Withdraw => !_run.Token.IsCancellationRequested || _run.Withdraw;

    public (Outcome Outcome, string Reason) Cause =>
        _run.Token.IsCancellationRequested ? (Outcome.Unfinished, _run.Reason)
        : _patienceFirst ? (Outcome.Abandoned, "patience")
        : (Outcome.TimedOut, "timeout");

    public void Dispose()
    {
        _source.Dispose();
        _timer.Dispose();
    }
}
