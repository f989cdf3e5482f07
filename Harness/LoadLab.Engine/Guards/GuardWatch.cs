using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Engine.Guards;

/// <summary>Says when a guard stops the run, and which.</summary>
internal sealed class GuardWatch(GuardOptions options, Func<CallRecord, Usd>? costOf)
{
    private int _ended;
    private int _errors;
    private decimal _spent;

    /// <summary>Asked before a call is sent; null = go on. May run beside <see cref="AfterEnd"/>.</summary>
    /// <param name="sent">Calls sent so far.</param>
    /// <param name="inFlight">Of these, not ended.</param>
    /// <param name="due">Calls whose intended time has come, this one included.</param>
    public string? BeforeSend(int sent, int inFlight, int due) =>
        sent >= options.MaxCalls ? "guard:max-calls"
        : inFlight >= options.MaxInFlight ? "guard:max-in-flight"
        : due - (sent - inFlight) > options.Backlog ? "guard:backlog"
        : null;

    /// <summary>Takes a call that ended, one at a time; null = go on.</summary>
    public string? AfterEnd(CallRecord call, int inFlight)
    {
        _ended++;
        _errors += call.Outcome is Outcome.Failed or Outcome.TimedOut ? 1 : 0;
        _spent += options.MaxSpend is null ? 0 : costOf?.Invoke(call).Amount ?? 0;
        return _ended >= GuardOptions.ErrorShareFrom && _errors > options.ErrorShare * _ended ? "guard:error-share"
            : _spent + (inFlight * _spent / _ended) >= options.MaxSpend?.Amount ? "guard:max-spend"
            : null;
    }
}
