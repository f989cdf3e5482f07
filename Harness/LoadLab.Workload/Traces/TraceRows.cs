using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>The rows of one file as they are read, and the trace that they become.</summary>
internal sealed class TraceRows(string path, TraceLayout layout, TraceUnit unit)
{
    private const int Examples = 5;
    private readonly List<TraceRow> _arrivals = [];
    private readonly List<TraceRate> _rates = [];
    private readonly List<Problem> _examples = [];
    private readonly Dictionary<string, int> _leftOut = new(StringComparer.Ordinal);
    private int _malformed;

    /// <summary>Rows so far, damaged ones included.</summary>
    public int Count => Good + _malformed;

    private int Good => _arrivals.Count + _rates.Count + _leftOut.Values.Sum();

    /// <param name="line">Number in the file.</param>
    /// <param name="fault">What its syntax found wrong.</param>
    /// <param name="row">Its fields.</param>
    public void Take(int line, string? fault, TraceFields row)
    {
        fault ??= Row(line, row);
        if (fault is not null && ++_malformed <= Examples)
        {
            _examples.Add(new Problem(path, line, "", null, $"row {fault}", "it is left out"));
        }
    }

    /// <exception cref="InputException">No arrivals, or too many damaged rows.</exception>
    public Trace Finish(double maxMalformedShare)
    {
        Refuse(maxMalformedShare);
        var trace = layout.Rate is null ? Arrivals() : Rates();
        return trace with
        {
            Unit = unit,
            OwnUnit = layout.Unit,
            Plausible = layout.Plausible,
            Malformed = _malformed,
            MalformedExamples = _examples,
            Transformations = [.. Told(trace)],
        };
    }

    private string? Row(int line, TraceFields row)
    {
        if (layout.LeaveOut(row) is { } reason)
        {
            _leftOut[reason] = _leftOut.GetValueOrDefault(reason) + 1;
            return null;
        }

        var at = row.Required(layout.Time, row.Time(layout.Time, unit));
        if (layout.Rate is { } read)
        {
            var rate = read(row) with { StartNs = at, Line = line, LengthNs = layout.WindowNs ?? 0 };
            if (row.Fault is null)
            {
                _rates.Add(rate);
            }
        }
        else
        {
            var job = layout.Job(row);
            if (row.Fault is null)
            {
                _arrivals.Add(new TraceRow(at, line, job));
            }
        }

        return row.Fault;
    }

    private IEnumerable<string> Told(Trace trace)
    {
        foreach (var (reason, count) in _leftOut)
        {
            yield return $"{count} rows left out: they {reason}";
        }

        if (_malformed > 0)
        {
            yield return $"{_malformed} damaged rows left out";
        }

        if (trace.OutOfOrder > 0)
        {
            yield return $"{trace.OutOfOrder} rows out of order sorted in";
        }

        if (trace.Zero is not null)
        {
            yield return "times counted from the first arrival";
        }
    }

    private void Refuse(double maxShare)
    {
        if (_arrivals.Count + _rates.Count == 0 && _malformed == 0)
        {
            throw new InputException(new Problem(path, 1, "", null, "holds no rows", "give a trace with at least one arrival"));
        }

        var share = _malformed / (double)Count;
        if (_arrivals.Count + _rates.Count == 0 || share > maxShare)
        {
            var told = string.Create(CultureInfo.InvariantCulture, $"{_malformed} of {Count} rows are damaged ({share:0.0%}, allowed {maxShare:0.0%})");
            throw new InputException([new Problem(path, 0, "", null, told, $"mend the file or raise maxMalformed; the first {_examples.Count}:"), .. _examples]);
        }
    }

    private Trace Arrivals()
    {
        var outOfOrder = 0;
        var latest = long.MinValue;
        foreach (var row in _arrivals)
        {
            outOfOrder += row.ArrivalNs < latest ? 1 : 0;
            latest = Math.Max(latest, row.ArrivalNs);
        }

        var sorted = outOfOrder > 0 ? [.. _arrivals.OrderBy(row => row.ArrivalNs)] : _arrivals;
        var absolute = IsAbsolute(sorted[0].ArrivalNs);
        var zero = absolute ? sorted[0].ArrivalNs : 0;
        return new Trace
        {
            File = path,
            Format = layout.Format,
            Rows = absolute ? [.. sorted.Select(row => row with { ArrivalNs = row.ArrivalNs - zero })] : sorted,
            Zero = absolute ? TraceTime.ToDate(zero) : null,
            OutOfOrder = outOfOrder,
        };
    }

    private Trace Rates()
    {
        var starts = _rates.Select(rate => rate.StartNs).Distinct().Order().ToArray();
        var zero = IsAbsolute(starts[0]) ? starts[0] : 0;
        var step = layout.WindowNs ?? (starts.Length > 1 ? starts.Zip(starts.Skip(1), (a, b) => b - a).Min() : 0);
        if (step == 0 || step > WorkloadOptions.Longest.Nanoseconds)
        {
            throw new InputException(new Problem(path, 0, "", null, "does not tell how long a window of counts is", "say so in the column map: step=60s"));
        }

        var rates = new TraceRates(_rates.Select(rate => rate with { StartNs = rate.StartNs - zero, LengthNs = step }), layout.ZeroIsMissing);
        if (!(rates.Expected(Duration.Zero, rates.End, 1) > 0))
        {
            throw new InputException(new Problem(path, 0, "", null, "holds no arrivals: every rate is zero", "give a trace with at least one"));
        }

        return new Trace { File = path, Format = layout.Format, Rows = [], Rates = rates, Gaps = rates.Gaps, Zero = zero > 0 ? TraceTime.ToDate(zero) : null };
    }

    /// <summary>A run's own times are never wall-clock times.</summary>
    private bool IsAbsolute(long first) => unit == TraceUnit.Timestamp || (layout.Format != TraceFormat.LoadLab && TraceTime.IsWallClock(first));
}
