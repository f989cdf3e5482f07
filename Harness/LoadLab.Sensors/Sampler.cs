using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors;

/// <summary>
/// Reads its sources at a fixed rate on one thread of its own, at absolute times start + k / rate, so that a slow round delays no later one.
/// Rows are handed on in batches, twice a second and at the end. Disposing stops it with a last round; the sources stay the caller's.
/// </summary>
public sealed class Sampler : IDisposable
{
    /// <summary>The highest rate that can be asked for: waits are whole milliseconds.</summary>
    public const double MaxRateHz = 500;

    private static readonly Duration s_batch = Duration.FromSeconds(0.5);
    private readonly MonotonicClock _clock;
    private readonly IReadOnlyList<ISampleSource> _sources;
    private readonly Action<IReadOnlyList<Sample>> _write;
    private readonly double _rateHz;
    private readonly Lock _gate = new();
    private readonly ManualResetEvent _stop = new(false);
    private readonly Thread _thread;
    private readonly List<Sample> _rows = [];
    private readonly HashSet<ISampleSource> _broken = [];
    private readonly Instant _start;
    private Instant _end;
    private Instant _handedOn;
    private long _rounds;
    private long _missed;
    private long _written;
    private long? _cpu;
    private string? _writeFailure;
    private volatile string? _reading;

    /// <param name="clock">The run's clock.</param>
    /// <param name="sources">Read in this order; not disposed here.</param>
    /// <param name="rateHz">Rounds per second, above 0 and at most <see cref="MaxRateHz"/>.</param>
    /// <param name="write">Receives each batch on the sampler's thread; the list is reused afterwards. An exception ends writing, not the run.</param>
    public Sampler(MonotonicClock clock, IReadOnlyList<ISampleSource> sources, double rateHz, Action<IReadOnlyList<Sample>> write)
    {
        if (!(rateHz > 0 && rateHz <= MaxRateHz))
        {
            throw new ArgumentOutOfRangeException(nameof(rateHz), rateHz, $"must be above 0 and at most {MaxRateHz}");
        }

        (_clock, _sources, _rateHz, _write) = (clock, sources, rateHz, write);
        _start = _end = _handedOn = clock.Now;
        _thread = new Thread(Loop) { IsBackground = true, Name = "sampler" };
        _thread.Start();
    }

    public Sampler(MonotonicClock clock, IReadOnlyList<ISampleSource> sources, double rateHz, SamplesWriter writer)
        : this(clock, sources, rateHz, writer.Write)
    {
    }

    /// <summary>How long a round in progress is waited for.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What was done so far; final after Dispose. Waits at most five seconds for the round in progress.</summary>
    public SamplerSummary Summary()
    {
        if (!_gate.TryEnter(Patience))
        {
            return Summary(stalled: _reading ?? "the writer", []);
        }

        try
        {
            return Summary(stalled: null, [.. _sources.SelectMany(source => source.Counters).Select(counter => counter.Summary())]);
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>Stops after a last round. A read that hangs is left behind after five seconds; <see cref="SamplerSummary.Stalled"/> names it.</summary>
    public void Dispose()
    {
        if (_thread.IsAlive)
        {
            _stop.Set();
            if (_thread.Join(Patience))
            {
                _stop.Dispose();
            }
        }
    }

    private SamplerSummary Summary(string? stalled, IReadOnlyList<CounterSummary> counters)
    {
        var length = _end - _start;
        return new SamplerSummary
        {
            AskedHz = _rateHz,
            ReachedHz = length > Duration.Zero ? _rounds / length.Seconds : 0,
            Rounds = _rounds,
            Rows = _written,
            Missed = _missed,
            Length = length,
            CpuTime = _cpu is { } cpu ? new Duration(cpu) : null,
            WriteFailure = _writeFailure,
            Stalled = stalled,
            Counters = counters,
        };
    }

    private void Loop()
    {
        var before = Native.ThreadCpuNanoseconds();
        for (long round = 1, running = 1; running == 1;)
        {
            var due = _start + Duration.FromSeconds(round / _rateHz);
            var wait = (int)Math.Ceiling(Math.Max(0, (due - _clock.Now).Milliseconds));
            running = _stop.WaitOne(wait) ? 0 : 1;
            Round(_clock.Now, last: running == 0, before);

            var next = Math.Max(round + 1, (long)((_clock.Now - _start).Seconds * _rateHz) + 1);
            _missed += next - round - 1;
            round = next;
        }
    }

    private void Round(Instant now, bool last, long? cpuBefore)
    {
        lock (_gate)
        {
            foreach (var source in _sources)
            {
                Read(source, now);
            }

            _rounds++;
            if (last || now - _handedOn >= s_batch)
            {
                HandOn();
                _handedOn = now;
            }

            _end = _clock.Now;
            _cpu = Native.ThreadCpuNanoseconds() - cpuBefore;
        }
    }

    private void Read(ISampleSource source, Instant now)
    {
        if (_broken.Contains(source))
        {
            return;
        }

        try
        {
            _reading = source.Name;
            source.Read(now, _rows);
            _reading = null;
        }
#pragma warning disable CA1031 // A source may fail in ways it did not foresee; the run and the other sources go on, and the reason is reported.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _broken.Add(source);
            foreach (var counter in source.Counters)
            {
                counter.Stop($"reading {source.Name} failed: {e.Message}");
            }
        }
    }

    private void HandOn()
    {
        if (_rows.Count > 0 && _writeFailure is null)
        {
            try
            {
                _write(_rows);
                _written += _rows.Count;
            }
#pragma warning disable CA1031 // A full disk must not end the run that is being measured.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _writeFailure = e.Message;
            }
        }

        _rows.Clear();
    }
}
