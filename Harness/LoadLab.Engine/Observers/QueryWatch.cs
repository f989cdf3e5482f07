using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Engine.Observers;

/// <summary>One query under way: asks it, turns answers into samples and keeps account of what is missing. Used by its server's thread alone.</summary>
internal sealed class QueryWatch(Observation observation, PrometheusClient client, ServerClock server, Action<IReadOnlyList<Sample>> write)
{
    private const string Source = "remote";
    private const int MostReasons = 20;
    private const int MostGaps = 1000;
    private const int MostPointsAsked = 100_000;

    /// <summary>Prometheus refuses more than 11,000 points of a series.</summary>
    private const int MostPointsOfSeries = 10_000;

    /// <summary>A cache before the server may answer with an older evaluation; one older than this is no sample of the run.</summary>
    private static readonly Duration s_oldest = Duration.FromSeconds(3600);

    private readonly SeriesNames _names = new(observation.Metric);
    private readonly SortedDictionary<string, int> _missed = new(StringComparer.Ordinal);
    private readonly List<(Instant From, Instant To)> _gaps = [];
    private Instant? _last;
    private int _answered;
    private int _filled;
    private int _samples;
    private int _refused;
    private int _leftOut;
    private Duration? _staleness;
    private double? _evaluated;

    public Observation Observation => observation;

    /// <summary>When it is asked next, on the run's clock.</summary>
    public Instant Due { get; set; }

    /// <summary>Whether how old values are bears on a bill.</summary>
    public bool IsReplicas => observation.Metric.StartsWith("replicas", StringComparison.Ordinal);

    private Duration Limit => Duration.FromSeconds(Math.Clamp(observation.Every.Seconds, 1, 5));

    /// <summary>Counts the time since then as not seen.</summary>
    public void Begin(Instant now)
    {
        Due = now;
        _last = now;
        write([new Sample(now, Source, $"observe.interval/{observation.Metric}", "s", observation.Every.Seconds)]);
    }

    public void Round(MonotonicClock clock, CancellationToken stop)
    {
        try
        {
            var sent = clock.Now;
            var answer = client.Instant(observation.Query, Limit, stop);
            var answered = clock.Now;
            Write(answer, sent + ((answered - sent) * 0.5), (sent - s_oldest, answered + Duration.FromSeconds(1)));
            _answered++;
            _evaluated = answer.Series is [{ Points: [var point, ..] }, ..] ? point.UnixSeconds : null;
            Gap(sent);
            _last = sent;
        }
        catch (ObserverException e)
        {
            Miss(e.Message);
        }
    }

    /// <summary>A round that was not asked because the one before took too long.</summary>
    public void Miss(string reason)
    {
        reason = _missed.ContainsKey(reason) || _missed.Count < MostReasons ? reason : "other";
        _missed[reason] = _missed.GetValueOrDefault(reason) + 1;
    }

    /// <summary>
    /// How old the newest sample behind the last answer was; the oldest is kept. Of a selector alone: what a function gives has the time of its evaluation, and then nothing is known.
    /// </summary>
    public void MeasureStaleness(CancellationToken stop)
    {
        if (_evaluated is not { } time)
        {
            return;
        }

        try
        {
            var answer = client.Instant($"max(time() - timestamp({observation.Query}))", Limit, stop, time);
            if (answer.Series is [{ Points: [{ Value: > 0.0005 and < 1e6 and var age }] }] && Duration.FromSeconds(age) is var old && !(old < _staleness))
            {
                _staleness = old;
            }
        }
        catch (ObserverException)
        {
            // Not a query that can be asked this way; its rounds say what is wrong with it, if anything is.
        }
    }

    /// <summary>Asks for what rounds missed, from the server's own store.</summary>
    public void Fill(Instant end, CancellationToken stop)
    {
        Gap(end);
        foreach (var (from, to) in _gaps)
        {
            var step = observation.Every;
            var most = Math.Clamp(MostPointsAsked / Math.Max(1, _names.Count), 100, MostPointsOfSeries);
            for (var start = from + step; start < to && !stop.IsCancellationRequested; start += step * most)
            {
                var last = start + (step * (most - 1));
                FillPart(start, last < to ? last : to - (step * 0.5), stop);
            }
        }
    }

    public IEnumerable<Sample> Summary(Instant now)
    {
        Sample Of(string what, string unit, double value) => new(now, Source, $"observe.{what}/{observation.Metric}", unit, value);
        yield return Of("rounds", "rounds", _answered + _missed.Values.Sum());
        yield return Of("missed", "rounds", _missed.Values.Sum());
        yield return Of("filled", "rounds", _filled);
        yield return Of("refused", "values", _refused);
        if (server.IsKnown)
        {
            yield return Of("clock.uncertainty", "s", server.Uncertainty.Seconds);
        }

        if (_staleness is { } age)
        {
            yield return Of("staleness", "s", age.Seconds);
        }
    }

    /// <summary>One line for people.</summary>
    public string Line()
    {
        var missed = _missed.Values.Sum();
        var why = missed == 0 ? "" : $" ({string.Join(", ", _missed.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Value} {pair.Key}"))})";
        var filled = _filled > 0 ? $", {_filled} filled afterwards" : "";
        var refused = _refused > 0 ? $", {_refused} values refused (not a number, or outside what {observation.Metric} can be)" : "";
        var leftOut = _leftOut > 0 ? $", {_leftOut} series left out (at most {PrometheusAnswer.MostSeries} an answer, {SeriesNames.Most} in all)" : "";
        var clock = server.IsKnown ? $", clock ±{Text(server.Uncertainty.Milliseconds)} ms" : ", clock unknown";
        var age = _staleness is { } old ? $", values up to {Text(old.Seconds)} s old" : "";
        var nothing = _answered > 0 && _names.Count == 0 ? ", the query matched nothing" : "";
        return $"observed {observation.Metric}: {_samples} samples of {_names.Count} series{nothing}, {_answered + missed} rounds every {Text(observation.Every.Seconds)} s, {missed} missed{why}{filled}{refused}{leftOut}{clock}{age}";
    }

    private static string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private void FillPart(Instant start, Instant end, CancellationToken stop)
    {
        if (end < start || server.ToServer(start) is not (>= 0 and var from) || server.ToServer(end) is not { } to)
        {
            return;
        }

        try
        {
            var answer = client.Range(observation.Query, from, to, observation.Every.Seconds, Duration.FromSeconds(10), stop);
            Write(answer, null, (start - observation.Every, end + observation.Every));
            _filled += answer.Series.SelectMany(series => series.Points).Select(point => point.UnixSeconds).Distinct().Count();
        }
        catch (ObserverException)
        {
            // The rounds stay missed; that is told already.
        }
    }

    /// <param name="answer">Its values, each with the time it was evaluated for.</param>
    /// <param name="otherwise">The time of all while nothing is known of the server's clock.</param>
    /// <param name="window">No sample lies outside.</param>
    private void Write(PrometheusAnswer answer, Instant? otherwise, (Instant From, Instant To) window)
    {
        _refused += answer.NotNumbers;
        var leftOut = answer.LeftOut;
        var rows = new List<Sample>();
        foreach (var series in answer.Series)
        {
            if (_names.Of(series.Labels) is not { } name)
            {
                leftOut++;
                continue;
            }

            foreach (var point in series.Points)
            {
                var value = point.Value * observation.Scale;
                if (value >= observation.Range.Low && value <= observation.Range.High && (server.ToRun(point.UnixSeconds) ?? otherwise) is { } at && at >= window.From && at <= window.To)
                {
                    rows.Add(new Sample(at, Source, name, observation.Unit, value));
                }
                else
                {
                    _refused++;
                }
            }
        }

        _leftOut = Math.Max(_leftOut, leftOut);
        _samples += rows.Count;
        if (rows.Count > 0)
        {
            write(rows);
        }
    }

    private void Gap(Instant to)
    {
        if (_last is { } from && to - from > observation.Every * 1.5 && _gaps.Count < MostGaps)
        {
            _gaps.Add((from, to));
        }
    }
}
