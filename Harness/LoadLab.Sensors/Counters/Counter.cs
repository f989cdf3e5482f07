using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors;

/// <summary>
/// One series of one source, and what is known about how it refreshes. Only distinct samples become rows: a read that shows what the last one showed is
/// dropped and counted. So that a steady value stays visible, it is written again once a second (a heartbeat). A row holds until the next row of its series.
/// </summary>
public class Counter(string source, string metric, string unit)
{
    /// <summary>A steady value is written again after this long.</summary>
    public static readonly Duration Heartbeat = Duration.FromSeconds(1);

    private readonly RefreshTimes _refresh = new();
    private Instant? _written;
    private double _value = double.NaN;
    private long _reads;
    private long _distinct;
    private long _heartbeats;
    private long _repeats;
    private long _failures;
    private bool _driverTimes;
    private string? _reason;

    public string Metric => metric;

    /// <summary>Whether the counter gives nothing any more; see <see cref="Stop"/>.</summary>
    public bool Stopped { get; private set; }

    /// <summary>The value of the last read or of the newest driver sample; NaN before the first.</summary>
    public double Latest => _value;

    /// <summary>A value read now, without a time of its own.</summary>
    public void Gauge(Instant now, double value, ICollection<Sample> into)
    {
        _reads++;
        if (!value.Equals(_value))
        {
            _value = value;
            Keep(now, into);
        }
        else if (now - _written >= Heartbeat)
        {
            _heartbeats++;
            Write(now, into);
        }
        else
        {
            _repeats++;
        }
    }

    /// <summary>A sample with the driver's own time: distinct when that time is newer than the last, whatever its value.</summary>
    public void Stamped(Instant at, double value, ICollection<Sample> into)
    {
        _driverTimes = true;
        _reads++;
        if (at <= _written)
        {
            _repeats++;
            return;
        }

        _value = value;
        Keep(at, into);
    }

    /// <summary>The read failed; the counter is tried again.</summary>
    public void Fail(string reason)
    {
        _reads++;
        _failures++;
        _reason = reason;
        _refresh.Gap();
    }

    /// <summary>The counter is absent, or its subject is gone: the first reason is kept and nothing more is read.</summary>
    public void Stop(string reason)
    {
        if (!Stopped)
        {
            Stopped = true;
            _reason = reason;
        }
    }

    /// <summary>Something to know about how the counter is made; it is read on.</summary>
    public void Note(string reason) => _reason = reason;

    public CounterSummary Summary() => new()
    {
        Source = source,
        Metric = metric,
        Unit = unit,
        Reads = _reads,
        Distinct = _distinct,
        Heartbeats = _heartbeats,
        Repeats = _repeats,
        RefreshMedian = _refresh.Quantile(0.5),
        RefreshP90 = _refresh.Quantile(0.9),
        DriverTimes = _driverTimes,
        Failures = _failures,
        Reason = _reason,
        Stopped = Stopped,
    };

    /// <summary>For a mean over a window: the row, with what the source's total did kept apart from what the mean did.</summary>
    private protected void Mean(Instant now, double value, bool moved, ICollection<Sample> into)
    {
        _value = value;
        if (moved)
        {
            Keep(now, into);
            return;
        }

        _heartbeats++;
        Write(now, into);
    }

    private protected void CountRead(bool repeat)
    {
        _reads++;
        _repeats += repeat ? 1 : 0;
    }

    private void Keep(Instant at, ICollection<Sample> into)
    {
        _distinct++;
        _refresh.Changed(at);
        Write(at, into);
    }

    private void Write(Instant at, ICollection<Sample> into)
    {
        _written = at;
        into.Add(new Sample(at, source, metric, unit, _value));
    }
}
