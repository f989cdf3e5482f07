using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Engine.Guards;

/// <summary>Says when a guard stops the run, and which.</summary>
/// <param name="options">What to stop at.</param>
/// <param name="costOf">What an ended call cost; null without a price.</param>
/// <param name="length">Of the schedule: the saturation test divides its level by the looks it has room for. Zero, as where users wait for their answers: saturation is not looked for.</param>
internal sealed class GuardWatch(GuardOptions options, Func<CallRecord, Usd>? costOf, Duration length = default)
{
    private readonly SaturationWatch? _saturation = options.Saturation is { } saturation && length > Duration.Zero ? new SaturationWatch(saturation, length) : null;
    private int _ended;
    private int _errors;
    private decimal _spent;
    private double _expectedSpend;

    /// <summary>What was found of saturation, whether or not the run stopped for it.</summary>
    public Saturation? Saturation => _saturation?.Found;

    /// <summary>What the ended calls cost, and those in flight at the mean of the ended; null without a price. From any thread.</summary>
    public Usd? Spend => costOf is null ? null : new Usd((decimal)Volatile.Read(ref _expectedSpend));

    /// <summary>Asked before a call is sent; null = go on. May run beside <see cref="AfterEnd"/>.</summary>
    /// <param name="now">On the run's clock.</param>
    /// <param name="sent">Calls sent so far.</param>
    /// <param name="inFlight">Of these, not ended.</param>
    /// <param name="due">Calls whose intended time has come, this one included.</param>
    public string? BeforeSend(Instant now, int sent, int inFlight, int due) =>
        sent >= options.MaxCalls ? "guard:max-calls"
        : inFlight >= options.MaxInFlight ? "guard:max-in-flight"
        : due - (sent - inFlight) > options.Backlog ? "guard:backlog"
        : _saturation?.Observe(now, due, sent - inFlight) == true && options.Saturation!.Stops ? Saturated
        : null;

    /// <summary>The reason of a run that stopped because its service was saturated.</summary>
    public const string Saturated = "guard:saturated";

    /// <summary>Takes a call that ended, one at a time; null = go on.</summary>
    public string? AfterEnd(CallRecord call, int inFlight)
    {
        _ended++;
        _errors += call.Outcome is Outcome.Failed or Outcome.TimedOut ? 1 : 0;
        _spent += costOf?.Invoke(call).Amount ?? 0;
        _saturation?.Completed(call);
        var spend = _spent + (inFlight * _spent / _ended);
        Volatile.Write(ref _expectedSpend, (double)spend);
        return _ended >= GuardOptions.ErrorShareFrom && _errors > options.ErrorShare * _ended ? "guard:error-share"
            : spend >= options.MaxSpend?.Amount ? "guard:max-spend"
            : null;
    }
}
