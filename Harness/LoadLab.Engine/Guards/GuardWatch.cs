using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Engine.Guards;

/// <summary>Says when a guard stops the run, and which. Not thread-safe: the ledger's lock holds it.</summary>
internal sealed class GuardWatch(GuardOptions options, Func<CallRecord, Usd>? costOf)
{
    private int _ended;
    private int _errors;
    private decimal _spent;

    /// <summary>Asked before a call is sent; null = go on.</summary>
    /// <param name="sent">Calls sent so far.</param>
    /// <param name="inFlight">Of these, not ended.</param>
    /// <param name="due">Calls whose intended time has come, this one included.</param>
    public string? BeforeSend(int sent, int inFlight, int due) =>
        sent >= options.MaxCalls ? "guard:max-calls"
        : inFlight >= options.MaxInFlight ? "guard:max-in-flight"
        : due - (sent - inFlight) > options.Backlog ? "guard:backlog"
        : AfterEnd(inFlight);

    /// <summary>Takes a call that ended.</summary>
    public void Ended(CallRecord call)
    {
        _ended++;
        _errors += call.Outcome is Outcome.Failed or Outcome.TimedOut ? 1 : 0;
        _spent += options.MaxSpend is null ? 0 : costOf?.Invoke(call).Amount ?? 0;
    }

    /// <summary>Asked after a call ended; null = go on.</summary>
    public string? AfterEnd(int inFlight) =>
        _ended >= GuardOptions.ErrorShareFrom && _errors > options.ErrorShare * _ended ? "guard:error-share"
        : _ended > 0 && _spent + (inFlight * _spent / _ended) >= options.MaxSpend?.Amount ? "guard:max-spend"
        : null;
}
