using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>
/// A trace that holds rates or counts by windows instead of arrivals. Arrivals are drawn from it the way ServeGen draws them: gaps from the fitted family, then rescaled so that
/// the window's count fills the window exactly (only the shape of the family matters, its scale falls out). They are synthetic and are labelled so. Every window of every client
/// has its own stream: cutting the trace elsewhere changes none of the arrivals that both cuts hold.
/// </summary>
public sealed class TraceRates
{
    /// <summary>Most arrivals of one drawing: they are held in memory whole.</summary>
    internal const int MaxArrivals = 5_000_000;

    private readonly TraceRate[] _windows;

    /// <param name="windows">In any order.</param>
    /// <param name="zeroIsMissing">Whether a window without arrivals is missing data.</param>
    internal TraceRates(IEnumerable<TraceRate> windows, bool zeroIsMissing)
    {
        _windows = [.. windows.OrderBy(window => window.Client, StringComparer.Ordinal).ThenBy(window => window.StartNs).ThenBy(window => window.Line)];
        End = new Duration(_windows.Max(window => window.EndNs));
        Gaps = [.. FindGaps(zeroIsMissing)];
    }

    /// <summary>End of the last window.</summary>
    public Duration End { get; }

    /// <summary>Windows without data.</summary>
    public IReadOnlyList<TraceGap> Gaps { get; }

    /// <summary>Whether clients are told apart; each becomes a tenant.</summary>
    public bool HasClients => _windows.Any(window => window.Client is not null);

    /// <summary>Arrivals to expect of the part [from, to), a window that is cut counting by its share.</summary>
    public double Expected(Duration from, Duration to, double scale) => scale * _windows.Sum(window =>
        window.Expected * Math.Max(0.0, Math.Min(window.EndNs, to.Nanoseconds) - Math.Max(window.StartNs, from.Nanoseconds)) / window.LengthNs);

    /// <summary>The arrivals of [from, to) on the trace's clock, in order of time.</summary>
    /// <param name="file">Named when they are too many.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="from">Start, included.</param>
    /// <param name="to">End, not included.</param>
    /// <param name="scale">Multiplies every rate; the shape of the gaps stays.</param>
    /// <exception cref="InputException">More than five million arrivals in the windows that the part touches.</exception>
    internal List<TraceRow> Draw(string file, Seed seed, Duration from, Duration to, double scale)
    {
        var expected = scale * _windows.Where(window => window.EndNs > from.Nanoseconds && window.StartNs < to.Nanoseconds).Sum(window => window.Expected);
        if (!(expected <= MaxArrivals))
        {
            throw new InputException(new Problem(file, 0, "", null, Text($"brings {expected:0} synthetic arrivals, more than {MaxArrivals}"), Text($"take a window of it, or a rate scale of {MaxArrivals / expected * 0.9:0.#####} or less")));
        }

        var rows = new List<TraceRow>((int)expected);
        foreach (var client in _windows.GroupBy(window => window.Client))
        {
            DrawClient(client, seed.Derive($"client {client.Key}"), (from, to), scale, rows);
        }

        rows.Sort((a, b) => a.ArrivalNs != b.ArrivalNs ? a.ArrivalNs.CompareTo(b.ArrivalNs) : a.Line.CompareTo(b.Line));
        return rows;
    }

    /// <summary>Counts are whole: the fraction that a window leaves over is carried into the next, from a phase of the client's own.</summary>
    private static void DrawClient(IGrouping<string?, TraceRate> windows, Seed seed, (Duration From, Duration To) part, double scale, List<TraceRow> rows)
    {
        var job = windows.Key is { } client ? new TraceJob { Tenant = client } : null;
        var total = seed.Stream("phase").NextDouble();
        foreach (var window in windows)
        {
            var before = Math.Floor(total);
            total += window.Expected * scale;
            if (window.EndNs > part.From.Nanoseconds && window.StartNs < part.To.Nanoseconds)
            {
                DrawWindow(window, (int)(Math.Floor(total) - before), new RandomStream(seed.Derive(window.StartNs)), (part.From.Nanoseconds, part.To.Nanoseconds), job, rows);
            }
        }
    }

    private static void DrawWindow(TraceRate window, int count, RandomStream draws, (long From, long To) part, TraceJob? job, List<TraceRow> rows)
    {
        var upTo = new double[count + 1];
        var sum = 0.0;
        for (var i = 0; i <= count; i++)
        {
            upTo[i] = sum += Gap(window, draws);
        }

        for (var i = 0; i < count; i++)
        {
            var share = sum > 0 && double.IsFinite(sum) ? upTo[i] / sum : (i + 0.5) / count;
            var at = window.StartNs + Math.Min((long)(share * window.LengthNs), window.LengthNs - 1);
            if (at >= part.From && at < part.To)
            {
                rows.Add(new TraceRow(at, window.Line, job));
            }
        }
    }

    private static double Gap(TraceRate window, RandomStream draws) => window.Family == GapFamily.Weibull
        ? Math.Pow(draws.NextExponential(), 1 / window.Shape)
        : draws.NextGamma(window.Shape);

    private IEnumerable<TraceGap> FindGaps(bool zeroIsMissing)
    {
        var reason = zeroIsMissing ? "no client has a rate here: missing data, not silence" : "no row here: missing data, not silence";
        var end = zeroIsMissing ? 0 : _windows.Min(window => window.StartNs);
        foreach (var window in _windows.Where(window => !zeroIsMissing || window.Expected > 0).OrderBy(window => window.StartNs))
        {
            if (window.StartNs > end)
            {
                yield return new TraceGap(new Duration(end), new Duration(window.StartNs - end), reason);
            }

            end = Math.Max(end, window.EndNs);
        }

        if (end < End.Nanoseconds)
        {
            yield return new TraceGap(new Duration(end), new Duration(End.Nanoseconds - end), reason);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
