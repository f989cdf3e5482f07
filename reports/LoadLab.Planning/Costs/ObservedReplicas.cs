using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Planning;

/// <summary>
/// How many replicas a service that runs elsewhere had, as its own metrics said while the run played: a step function over the run, from samples of source remote and metric replicas.
/// A value holds until the next sample, but no longer than three intervals: time past that is unknown and belongs to no replica.
/// </summary>
public sealed record ObservedReplicas
{
    private const string Source = "remote";
    private const string Metric = "replicas";
    private const double HeldIntervals = 3;
    private static readonly Duration s_defaultInterval = Duration.FromSeconds(5);

    /// <summary>Stretches of time in which the count was known and the same, in order; 0 replicas are a count too.</summary>
    public required IReadOnlyList<ReplicaStretch> Stretches { get; init; }

    /// <summary>Time of the run in which the count was not known.</summary>
    public required Duration Unknown { get; init; }

    /// <summary>
    /// Most that the replica-seconds can be off: each change happened somewhere between two samples, and was seen as late as a value is old. Changes that went back before the next sample were not seen at all.
    /// </summary>
    public required double ErrorReplicaSeconds { get; init; }

    /// <summary>Rounds that gave a count within the run.</summary>
    public required int Samples { get; init; }

    /// <summary>From one round to the next; the longest where several queries gave replicas.</summary>
    public required Duration Interval { get; init; }

    /// <summary>Whether the age of the values is in the error. A query that computes something does not tell how old the samples behind it were.</summary>
    public required bool AgeKnown { get; init; }

    /// <summary>Samples that were no whole number and were rounded.</summary>
    public required int Rounded { get; init; }

    /// <summary>Known time times the count in it.</summary>
    public double ReplicaSeconds => Stretches.Sum(stretch => stretch.Count * (stretch.To - stretch.From).Seconds);

    /// <summary>Whether a run's samples hold any.</summary>
    public static bool AreIn(IEnumerable<Sample> samples) => samples.Any(sample => sample.Source == Source && QueryOf(sample.Metric) is not null);

    /// <param name="samples">Of the run; in any order, as what a round missed is written after the run.</param>
    /// <param name="end">End of the run, which starts at zero.</param>
    /// <returns>Null when no replicas were observed.</returns>
    public static ObservedReplicas? Of(IReadOnlyList<Sample> samples, Instant end)
    {
        var queries = samples.Where(sample => sample.Source == Source && QueryOf(sample.Metric) is not null)
            .GroupBy(sample => QueryOf(sample.Metric)!).OrderBy(query => query.Key, StringComparer.Ordinal).ToList();
        if (queries.Count == 0)
        {
            return null;
        }

        var steps = queries.Select(query => Steps([.. query], end, Between(samples, query.Key), Lag(samples, query.Key))).ToList();
        var stretches = Sum(steps.Select(step => step.Stretches).ToList(), end);
        var known = stretches.Sum(stretch => (stretch.To - stretch.From).Nanoseconds);
        return new ObservedReplicas
        {
            Stretches = stretches,
            Unknown = new Duration(Math.Max(0, end.Nanoseconds - known)),
            ErrorReplicaSeconds = steps.Sum(step => step.Error),
            Samples = steps.Sum(step => step.Samples),
            Interval = steps.Max(step => step.Interval),
            AgeKnown = queries.All(query => Told(samples, "staleness", query.Key) is not null),
            Rounded = steps.Sum(step => step.Rounded),
        };
    }

    /// <summary>Whether the count is known at a time.</summary>
    internal bool Knows(Instant at) => FirstEndingAfter(at) is var i && i < Stretches.Count && Stretches[i].From <= at;

    /// <summary>Nanoseconds between two times in which the count is known.</summary>
    internal long KnownNanoseconds(Instant from, Instant to)
    {
        var known = 0L;
        for (var i = FirstEndingAfter(from); i < Stretches.Count && Stretches[i].From < to; i++)
        {
            var end = Stretches[i].To < to ? Stretches[i].To : to;
            known += (end - Instant.Max(from, Stretches[i].From)).Nanoseconds;
        }

        return known;
    }

    private int FirstEndingAfter(Instant at)
    {
        var (low, high) = (0, Stretches.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = Stretches[middle].To > at ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    /// <summary>replicas and replicas#2 are two queries; what follows a slash names a series of one.</summary>
    private static string? QueryOf(string metric)
    {
        var slash = metric.IndexOf('/', StringComparison.Ordinal);
        var query = slash < 0 ? metric : metric[..slash];
        return query == Metric || query.StartsWith(Metric + "#", StringComparison.Ordinal) ? query : null;
    }

    private static Duration Between(IReadOnlyList<Sample> samples, string query) =>
        Told(samples, "interval", query) is > 0 and < 1e6 and var seconds ? Duration.FromSeconds(seconds) : s_defaultInterval;

    /// <summary>How late a change may be seen, beyond the sampling: the age of the values and the uncertainty of their times.</summary>
    private static double Lag(IReadOnlyList<Sample> samples, string query) => (Told(samples, "staleness", query) ?? 0) + (Told(samples, "clock.uncertainty", query) ?? 0);

    private static double? Told(IReadOnlyList<Sample> samples, string what, string query) =>
        samples.Where(sample => sample.Source == Source && sample.Metric == $"observe.{what}/{query}").Select(sample => (double?)sample.Value).LastOrDefault();

    private static Step Steps(IReadOnlyList<Sample> samples, Instant end, Duration interval, double lagSeconds)
    {
        // All series of one answer have one time: their sum is the count then, and a series that is gone no longer counts.
        var rounds = samples.Where(sample => sample.At <= end).GroupBy(sample => sample.At).OrderBy(round => round.Key)
            .Select(round => (At: round.Key, Value: round.Sum(sample => sample.Value))).Where(round => round.Value is >= 0 and <= 1e6).ToList();
        var stretches = new List<ReplicaStretch>();
        var (error, rounded, within) = (0.0, 0, 0);
        var held = interval * HeldIntervals;
        for (var i = 0; i < rounds.Count; i++)
        {
            var (at, value) = rounds[i];
            var count = (int)Math.Round(value, MidpointRounding.AwayFromZero);
            rounded += Math.Abs(value - count) > 1e-9 ? 1 : 0;
            var next = i + 1 < rounds.Count ? rounds[i + 1].At : end;
            var to = next - at > held ? at + held : next;
            if (to > Instant.Zero)
            {
                stretches.Add(new ReplicaStretch(Instant.Max(at, Instant.Zero), to, count));
                within++;
                if (i + 1 < rounds.Count)
                {
                    error += Math.Abs(rounds[i + 1].Value - value) * ((to - at).Seconds + lagSeconds);
                }
            }
        }

        return new Step(stretches, error, within, rounded, interval);
    }

    /// <summary>The counts of several queries added up, where all are known.</summary>
    private static List<ReplicaStretch> Sum(List<IReadOnlyList<ReplicaStretch>> queries, Instant end)
    {
        var edges = queries.SelectMany(query => query).SelectMany(stretch => new[] { stretch.From, stretch.To }).Where(at => at <= end).Distinct().Order().ToList();
        var sum = new List<ReplicaStretch>();
        var next = new int[queries.Count];
        for (var i = 0; i + 1 < edges.Count; i++)
        {
            var (from, to, count, known) = (edges[i], edges[i + 1], 0, true);
            for (var q = 0; q < queries.Count; q++)
            {
                while (next[q] < queries[q].Count && queries[q][next[q]].To <= from)
                {
                    next[q]++;
                }

                known &= next[q] < queries[q].Count && queries[q][next[q]].From <= from;
                count += known ? queries[q][next[q]].Count : 0;
            }

            if (known)
            {
                Append(sum, new ReplicaStretch(from, to, count));
            }
        }

        return sum;
    }

    private static void Append(List<ReplicaStretch> stretches, ReplicaStretch next)
    {
        if (stretches.Count > 0 && stretches[^1].To == next.From && stretches[^1].Count == next.Count)
        {
            stretches[^1] = stretches[^1] with { To = next.To };
        }
        else
        {
            stretches.Add(next);
        }
    }

    private sealed record Step(IReadOnlyList<ReplicaStretch> Stretches, double Error, int Samples, int Rounded, Duration Interval);
}

/// <summary>A stretch of time with one count of replicas.</summary>
public readonly record struct ReplicaStretch(Instant From, Instant To, int Count);
