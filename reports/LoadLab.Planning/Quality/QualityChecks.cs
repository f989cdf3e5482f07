using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Planning;

/// <summary>
/// How well the load of a live run was played, check by check. A failed fatal check makes the latencies untrustworthy: calls that were late, calls that are missing without a reason,
/// a client that was the bottleneck while it was late. The others say what to mind.
/// </summary>
public static class QualityChecks
{
    private const double DriftShareOfGate = 0.25;
    private const double MedianCensoring = 0.02;
    private const double P95Censoring = 0.08;
    private const double ClockShare = 0.02;
    private const double UnseenEnds = 0.01;
    private const double MissedRounds = 0.05;

    /// <param name="manifest">At the end of the run, with its quality.</param>
    /// <param name="calls">One row per planned call.</param>
    /// <param name="samples">Of the client's machine.</param>
    /// <param name="sharesMachine">Whether the target ran on the client's machine.</param>
    public static IReadOnlyList<QualityCheck> Of(RunManifest manifest, IReadOnlyList<CallRecord> calls, IReadOnlyList<Sample> samples, bool sharesMachine)
    {
        var quality = manifest.Quality ?? throw new ArgumentException("a run that has not ended has no quality", nameof(manifest));
        IEnumerable<QualityCheck?> checks =
        [
            Lateness(quality),
            Sent(manifest, quality, calls),
            Drift(quality, calls),
            Client(quality, calls, samples, sharesMachine),
            Clock(manifest, calls),
            Polling(calls),
            Ends(calls),
            Sampling(quality),
            Cancels(quality),
            Saturation(quality),
        ];
        return [.. checks.OfType<QualityCheck>()];
    }

    private static QualityCheck? Lateness(RunQuality quality) => quality.Sent == 0 ? null : new(
        "lateness", quality.LatenessP99Ms, "ms", quality.LatenessGateMs, quality.LatenessPassed, Fatal: true,
        Text($"p99 of sent - intended {quality.LatenessP99Ms:0.###} ms, gate {quality.LatenessGateMs:0.###} ms, most {quality.LatenessMaxMs:0.###} ms; the sending thread ran at {quality.DispatchPriority ?? "unknown"} priority"));

    private static QualityCheck Sent(RunManifest manifest, RunQuality quality, IReadOnlyList<CallRecord> calls)
    {
        var unsent = calls.Where(call => call.Sent is null).ToList();
        var unexplained = (quality.StopReason is null ? unsent.Count : unsent.Count(call => call.Reason != quality.StopReason)) + Math.Abs(manifest.Planned - calls.Count);
        var reasons = string.Join(", ", unsent.GroupBy(call => call.Reason).OrderByDescending(group => group.Count()).Take(3).Select(group => Text($"{group.Count()} x {group.Key}")));
        return new QualityCheck(
            "planned = sent", unexplained, "calls", 0, unexplained == 0, Fatal: true,
            Text($"{manifest.Planned} planned, {calls.Count - unsent.Count} sent") + (unsent.Count == 0 ? "" : $"; not sent: {reasons}") + (unexplained == 0 ? "" : Text($"; {unexplained} without a reason to stop")));
    }

    private static QualityCheck? Drift(RunQuality quality, IReadOnlyList<CallRecord> calls)
    {
        if (LatenessDrift.Of(calls) is not { } drift)
        {
            return null;
        }

        var bound = quality.LatenessGateMs * DriftShareOfGate;
        var behind = drift.GainMs - drift.HalfWidthMs > 0 && drift.GainMs > bound;
        return new QualityCheck(
            "lateness drift", drift.GainMs, "ms", bound, !behind, Fatal: false,
            Text($"lateness changed by {drift.GainMs:+0.###;-0.###;0} ms over the run, 95 % interval +-{drift.HalfWidthMs:0.###} ms{(behind ? ": the engine is falling behind" : "")}"));
    }

    private static QualityCheck Client(RunQuality quality, IReadOnlyList<CallRecord> calls, IReadOnlyList<Sample> samples, bool sharesMachine)
    {
        var end = calls.Select(call => call.Sent ?? Instant.Zero).DefaultIfEmpty(Instant.Zero).Max() + Duration.FromSeconds(1);
        var load = ClientLoad.Of(samples, end, processorsExcused: sharesMachine && quality.LatenessPassed);
        var socketless = calls.Count(call => call.Reason == "client-sockets");
        IReadOnlyList<string> signs = socketless == 0 ? load.Signs : [.. load.Signs, Text($"{socketless} calls found no socket left to send on: raise the limit of open files")];
        var found = signs.Count > 0;
        var sentence = found ? $"was the bottleneck: {string.Join("; ", signs)}"
            : load.Evidence.Count == 0 ? "whether it was the bottleneck is not known: nothing was sampled"
            : $"was not the bottleneck: {string.Join(", ", load.Evidence)}{(sharesMachine ? "; the service ran on the same machine" : "")}";
        return new QualityCheck("client machine", signs.Count, "signs", 0, !found, Fatal: !quality.LatenessPassed || socketless > 0, sentence);
    }

    /// <summary>Only where a server of another clock stamped times.</summary>
    private static QualityCheck? Clock(RunManifest manifest, IReadOnlyList<CallRecord> calls)
    {
        if (manifest.ClockUncertaintyNs == 0 || Median(calls.Where(call => call.Queued is not null || call.Started is not null).Select(call => call.Latency?.Seconds)) is not { } median)
        {
            return null;
        }

        var uncertainty = manifest.ClockUncertaintyNs / 1e9;
        return new QualityCheck(
            "clock uncertainty", uncertainty / median, "share", ClockShare, uncertainty <= ClockShare * median, Fatal: false,
            Text($"the service's clock is known to +-{uncertainty * 1e3:0.###} ms, {100 * uncertainty / median:0.##} % of the median latency of {median:0.###} s: no latency is known better"));
    }

    private static QualityCheck? Polling(IReadOnlyList<CallRecord> calls)
    {
        var shares = calls.Where(call => call is { PollError: not null, Latency: { Nanoseconds: > 0 } }).Select(call => call.PollError!.Value.Seconds / call.Latency!.Value.Seconds).Order().ToList();
        if (shares.Count == 0 || shares[^1] == 0)
        {
            return null;
        }

        var (median, p95) = (Percentile.OfSorted(shares, 0.5), Percentile.OfSorted(shares, 0.95));
        return new QualityCheck(
            "polling", p95, "share", P95Censoring, median <= MedianCensoring && p95 <= P95Censoring, Fatal: false,
            Text($"the end of a job is known to within {100 * median:0.##} % of its latency in the median and {100 * p95:0.##} % at p95 (bounds {100 * MedianCensoring:0} % and {100 * P95Censoring:0} %)"));
    }

    private static QualityCheck? Ends(IReadOnlyList<CallRecord> calls)
    {
        var sent = calls.Count(call => call.Sent is not null);
        var unseen = calls.Count(call => call.Sent is not null && call.Outcome == Outcome.Unfinished);
        return sent == 0 ? null : new QualityCheck(
            "ends seen", (double)unseen / sent, "share", UnseenEnds, unseen <= UnseenEnds * sent, Fatal: false,
            unseen == 0 ? "every call sent came to an end" : Text($"{unseen} of {sent} calls sent had not ended when the run did; they count as infinite"));
    }

    private static QualityCheck? Sampling(RunQuality quality)
    {
        if (quality is not { SampleRounds: { } rounds, SampleRoundsMissed: { } missed } || rounds + missed == 0)
        {
            return null;
        }

        var share = (double)missed / (rounds + missed);
        return new QualityCheck("samples", share, "share", MissedRounds, share <= MissedRounds, Fatal: false, Text($"{missed} of {rounds + missed} rounds of samples were missed"));
    }

    private static QualityCheck? Cancels(RunQuality quality) => quality is not { CancelsAsked: > 0 and { } asked, CancelsAccepted: { } accepted } ? null : new(
        "cancels", asked - accepted, "jobs", 0, accepted == asked, Fatal: false,
        Text($"of {asked} jobs given up on, {accepted} were cancelled by the service{(accepted == asked ? "" : "; the others may go on costing")}"));

    private static QualityCheck? Saturation(RunQuality quality) => quality.Saturation is { } found ? new("saturation", null, "", 0, false, Fatal: false, found) : null;

    private static double? Median(IEnumerable<double?> values)
    {
        var median = Percentile.Of(values.OfType<double>(), 0.5);
        return median > 0 ? median : null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
