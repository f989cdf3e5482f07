using System.Globalization;

namespace LoadLab.Planning;

/// <summary>
/// What a run may cost, before it starts. The worst case is the least of the bounds that hold: every call that may be sent keeps its GPUs until the client gives up on it; as many calls as may be in flight
/// keep theirs from the first instant to the end of the drain; the largest spend is reached, and what is then in flight goes on until the drain cancels it. Each counts on the service to stop what is cancelled.
/// </summary>
/// <param name="Currency">Null without a price.</param>
/// <param name="Expected">Null without a price or a profile; never above the worst case.</param>
/// <param name="ExpectedFrom">How it was computed, or why it was not.</param>
/// <param name="WorstCase">Null without a price.</param>
/// <param name="WorstCaseFrom">How it was computed, or why it was not.</param>
public sealed record SpendEstimate(string? Currency, decimal? Expected, string ExpectedFrom, decimal? WorstCase, string WorstCaseFrom)
{
    public static SpendEstimate Of(SpendBasis basis)
    {
        if (basis.Price is not { } price)
        {
            var none = $"no price: {basis.NoPrice}";
            return new SpendEstimate(null, null, none, null, none);
        }

        var perSecond = price.PerGpuHour * basis.GpusPerCall / 3600;
        var (worst, how) = Bounds(basis, perSecond, price).MinBy(bound => bound.Amount);
        var calls = CallsOf(basis);
        var seconds = basis.ExpectedSeconds?.Take(calls).Sum();
        var unlimited = seconds is { } all ? Amount(all, perSecond) : (decimal?)null;
        var from = seconds is { } sum
            ? Text($"{calls} calls x {sum / Math.Max(1, calls):0.###} s x {Gpus(basis)} at {price.PerGpuHour} {price.Currency} an hour; {basis.ExpectedFrom}")
            : "unknown: no profile was given that knows every shape";
        return unlimited > worst
            ? new SpendEstimate(price.Currency, worst, Text($"the limit: without it {unlimited:0.00} {price.Currency} = {from}"), worst, how)
            : new SpendEstimate(price.Currency, unlimited, from, worst, how);
    }

    /// <summary>Two lines for people.</summary>
    public IEnumerable<string> Lines()
    {
        if (Currency is null)
        {
            yield return WorstCaseFrom;
            yield break;
        }

        yield return Expected is { } amount ? Text($"expected about {amount:0.00} {Currency} = {ExpectedFrom}") : $"expected {ExpectedFrom}";
        yield return Text($"at most {WorstCase:0.00} {Currency} = {WorstCaseFrom}");
    }

    private static IEnumerable<(decimal Amount, string How)> Bounds(SpendBasis basis, decimal perSecond, Price price)
    {
        var calls = CallsOf(basis);
        var limits = basis.LimitSeconds.Take(calls).ToList();
        var at = $"{Gpus(basis)} at {price.PerGpuHour.ToString(CultureInfo.InvariantCulture)} {price.Currency} an hour";
        yield return (Amount(limits.Sum(), perSecond), Text($"{calls} calls{(calls < basis.LimitSeconds.Count ? " (maxCalls)" : "")}, each up to {Hours(limits.DefaultIfEmpty(0).Average())} x {at}"));

        var longest = limits.DefaultIfEmpty(0).Max();
        var after = Math.Min(longest, basis.DrainSeconds ?? double.PositiveInfinity);
        if (basis.MaxInFlight is { } most)
        {
            yield return (Amount(Math.Min(most, calls) * (basis.LengthSeconds + after), perSecond), Text($"{Math.Min(most, calls)} calls at once (maxInFlight) for {Hours(basis.LengthSeconds)} and {Hours(after)} of drain x {at}"));
        }

        if (basis.MaxSpend is { } spend)
        {
            var inFlight = Math.Min(basis.MaxInFlight ?? int.MaxValue, calls);
            yield return (spend.Amount + Amount(inFlight * after, perSecond), Text($"maxSpend {spend.Amount:0.00} and {inFlight} calls in flight for {Hours(after)} more x {at}"));
        }
    }

    private static int CallsOf(SpendBasis basis) => Math.Min(basis.MaxCalls ?? int.MaxValue, basis.LimitSeconds.Count);

    private static decimal Amount(double seconds, decimal perSecond) => (decimal)seconds * perSecond;

    private static string Gpus(SpendBasis basis) => basis.GpusPerCall == 1 ? "1 GPU" : Text($"{basis.GpusPerCall} GPUs");

    private static string Hours(double seconds) => seconds >= 3600 ? Text($"{seconds / 3600:0.##} h") : seconds >= 120 ? Text($"{seconds / 60:0.#} min") : Text($"{seconds:0.###} s");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
