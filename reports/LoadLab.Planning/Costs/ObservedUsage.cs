using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving;

namespace LoadLab.Planning;

/// <summary>
/// Where the time of observed replicas went. How many there were comes from the service's metrics; when they worked from the calls' own times, or from the GPUs' utilisation. Loading, draining
/// and failing are not told apart from outside: what is not busy is idle.
/// </summary>
public sealed record ObservedUsage
{
    private const int MostReplicas = 1_000_000;
    private static readonly ReplicaKind s_kind = new("observed");

    /// <summary>A row for each stretch of time that a replica was there; the newest leaves first.</summary>
    public required IReadOnlyList<ReplicaUsage> Replicas { get; init; }

    public required UsageSource Source { get; init; }

    /// <returns>Null when no replicas were observed.</returns>
    /// <exception cref="InputException">Their count is beyond what can be priced.</exception>
    public static ObservedUsage? Of(RunFolder run, IReadOnlyList<CallRecord> calls) => Of(run.ReadSamples(), calls, run.FullPath);

    internal static ObservedUsage? Of(IReadOnlyList<Sample> samples, IReadOnlyList<CallRecord> calls, string file = "")
    {
        var end = Instant.Zero + RunSummary.WindowOf(calls);
        if (ObservedReplicas.Of(samples, end) is not { } observed)
        {
            return null;
        }

        var spans = Spans(observed, file);
        var provisioned = new Duration(spans.Sum(span => (span.To - span.From).Nanoseconds));
        var busy = ObservedBusy.Of(samples, calls, observed, provisioned);
        return new ObservedUsage
        {
            Replicas = Shared(spans, busy.Time ?? Duration.Zero, provisioned),
            Source = new UsageSource
            {
                Wording = WordingOf(observed, busy),
                Samples = observed.Samples,
                IntervalSeconds = observed.Interval.Seconds,
                UnknownSeconds = observed.Unknown.Seconds,
                ErrorReplicaSeconds = observed.ErrorReplicaSeconds,
                BusyKnown = busy.Time is not null,
                BusyFrom = busy.From,
            },
        };
    }

    private static string WordingOf(ObservedReplicas observed, ObservedBusy busy)
    {
        string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
        var share = observed.ReplicaSeconds > 0 ? $" (± {(observed.ErrorReplicaSeconds / observed.ReplicaSeconds).ToString("0.0 %", CultureInfo.InvariantCulture)})" : "";
        var age = observed.AgeKnown ? "" : ", the age of the values not counted";
        var unknown = observed.Unknown > Duration.Zero ? $"; for {Text(observed.Unknown.Seconds)} s of the run their count is unknown and not billed: the true cost is higher" : "";
        var rounded = observed.Rounded > 0 ? $"; {observed.Rounded} counts were no whole number and were rounded" : "";
        return $"replicas observed by Prometheus, {observed.Samples} samples, every {Text(observed.Interval.Seconds)} s, {Text(observed.ReplicaSeconds)} replica-seconds ± {Text(observed.ErrorReplicaSeconds)}{share}{age}{unknown}{rounded}; busy: {busy.From}; load, drain and down are not told apart from outside and stand in idle";
    }

    /// <summary>From counts to replicas: one more opens a span, one less closes the newest, unknown time closes all.</summary>
    private static List<(Instant From, Instant To)> Spans(ObservedReplicas observed, string file)
    {
        var open = new Stack<Instant>();
        var spans = new List<(Instant From, Instant To)>();
        var before = Instant.Zero;
        foreach (var stretch in observed.Stretches)
        {
            for (var keep = stretch.From > before ? 0 : stretch.Count; open.Count > keep;)
            {
                spans.Add((open.Pop(), before));
            }

            while (open.Count < stretch.Count)
            {
                open.Push(stretch.From);
            }

            before = stretch.To;
            if (spans.Count + open.Count > MostReplicas)
            {
                throw new InputException(new Problem(file, 0, "replicas", null, $"come and go more than {MostReplicas} times", "observe a query that counts the replicas of one service"));
            }
        }

        while (open.Count > 0)
        {
            spans.Add((open.Pop(), before));
        }

        return [.. spans.OrderBy(span => span.From).ThenBy(span => span.To)];
    }

    /// <summary>Which replica worked is not known: each gets the part of the busy time that its own time is of all, to the nanosecond.</summary>
    private static List<ReplicaUsage> Shared(List<(Instant From, Instant To)> spans, Duration busy, Duration provisioned)
    {
        var usages = new List<ReplicaUsage>(spans.Count);
        var (time, given) = (0L, 0L);
        foreach (var (from, to) in spans)
        {
            time += (to - from).Nanoseconds;
            var until = (long)((Int128)busy.Nanoseconds * time / Math.Max(1, provisioned.Nanoseconds));
            usages.Add(new ReplicaUsage
            {
                Replica = new ReplicaId(usages.Count),
                Kind = s_kind,
                Provisioned = from,
                Gone = to,
                Busy = new Duration(until - given),
                Load = Duration.Zero,
                Drain = Duration.Zero,
                Down = Duration.Zero,
            });
            given = until;
        }

        return usages;
    }
}
