using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Engine.Guards;

/// <summary>
/// Finds that a service is saturated from what every protocol shows: calls due and calls ended. Four things must hold over one stretch of the run:
/// the backlog grows and chance does not explain it (<see cref="GrowthTest"/>, at a level divided by the number of looks of the whole run, so that the confidence is the run's);
/// calls come at least a twentieth faster than they end, so that the slow rise of a day that the service follows is none;
/// the backlog still grows in the stretch's second half, so that a burst that drains is none;
/// and a call sent now takes twice what the service needs, so that filling empty replicas is none.
/// Stretches are the window and its doublings up to the length of the run, each moved on by half of itself.
/// <para>
/// How long it takes: telling an excess e of the service's capacity from chance takes about ((1 + e) + 1) (z / e)^2 ended calls, z near 3.5: some 2,500 at 10 %, 130 at 50 %.
/// </para>
/// </summary>
/// <param name="options">Window, minimum and confidence.</param>
/// <param name="length">Of the schedule.</param>
internal sealed class SaturationWatch(SaturationOptions options, Duration length)
{
    private const double LeastExcess = 0.05;
    private const double WaitGrowth = 2;
    private const int LongestStretches = 2048;
    private const int CallsOfAMean = 10;

    private readonly List<(double Due, double Ended)> _marks = [(0, 0)];
    private readonly double _step = StepOf(options, length);
    private (double At, double Due, double Ended) _last;
    private readonly BestTime _best = new();

    /// <summary>The first finding; null while there is none.</summary>
    public Saturation? Found { get; private set; }

    /// <summary>Takes a call that completed. May run beside <see cref="Observe"/>, not beside itself.</summary>
    public void Completed(CallRecord call) => _best.Take(call);

    /// <summary>Takes the counts of one instant, in order of time, on one thread. True when it is found now.</summary>
    /// <param name="now">Of the counts.</param>
    /// <param name="due">Calls whose intended time has come.</param>
    /// <param name="ended">Calls that ended.</param>
    public bool Observe(Instant now, int due, int ended)
    {
        var at = now.Seconds;
        while (Found is null && at >= _marks.Count * _step)
        {
            var share = ((_marks.Count * _step) - _last.At) / (at - _last.At);
            _marks.Add((_last.Due + (share * (due - _last.Due)), _last.Ended + (share * (ended - _last.Ended))));
            Look(now);
        }

        _last = (at, due, ended);
        return Found is not null;
    }

    /// <summary>Looks that a run takes when it is played to its end.</summary>
    internal int Looks
    {
        get
        {
            var looks = 0;
            for (var span = 1L; (length.Seconds / _step) >= GrowthTest.Steps * span; span *= 2)
            {
                looks += (int)(length.Seconds / _step / (GrowthTest.Steps / 2 * span)) - 1;
            }

            return looks;
        }
    }

    /// <summary>Seconds between two marks: a stretch has 24, a run at most 2,048 stretches, so that what is kept is bounded.</summary>
    private static double StepOf(SaturationOptions options, Duration length)
    {
        var stretch = Math.Clamp(length.Seconds / 2, options.Minimum.Seconds, options.Window.Seconds);
        return Math.Max(stretch, length.Seconds / LongestStretches) / GrowthTest.Steps;
    }

    private void Look(Instant now)
    {
        var last = _marks.Count - 1;
        for (var span = 1; last >= GrowthTest.Steps * span && last % (GrowthTest.Steps / 2 * span) == 0 && Found is null; span *= 2)
        {
            Found = Judge(now, last, span);
        }
    }

    /// <summary>The stretch of 24 steps of <paramref name="span"/> marks each that ends at mark <paramref name="last"/>.</summary>
    private Saturation? Judge(Instant now, int last, int span)
    {
        Span<double> backlog = stackalloc double[GrowthTest.Steps + 1];
        for (var i = 0; i <= GrowthTest.Steps; i++)
        {
            var (due, ended) = _marks[last - ((GrowthTest.Steps - i) * span)];
            backlog[i] = due - ended;
        }

        const int Recent = GrowthTest.Steps / 4;
        var first = _marks[last - (GrowthTest.Steps * span)];
        var (dueNow, endedNow) = _marks[last];
        var ends = endedNow - first.Ended;
        var seconds = GrowthTest.Steps * span * _step;
        var recentEnds = (endedNow - _marks[last - (Recent * span)].Ended) / (Recent * span * _step);
        var wait = recentEnds > 0 ? backlog[^1] / recentEnds : double.PositiveInfinity;
        return _best.Seconds is { } best
            && backlog[^1] - backlog[0] >= LeastExcess * ends
            && backlog[^1] > backlog[GrowthTest.Steps / 2]
            && wait >= WaitGrowth * best
            && GrowthTest.Chance(backlog, dueNow - first.Due + ends) <= (1 - options.Confidence) / Math.Max(1, Looks)
            ? new Saturation(now, Duration.FromSeconds(seconds), (dueNow - first.Due) / seconds, ends / seconds, (int)Math.Round(backlog[^1]), wait, best, options.Stops)
            : null;
    }

    /// <summary>
    /// What the service needs for a call when it is not behind: the mean of completed - started where its clocks say, else the least mean latency of ten calls that ended one after another.
    /// </summary>
    private sealed class BestTime
    {
        private double _seconds = double.NaN;
        private double _served;
        private int _clocked;
        private double _sum;
        private int _count;

        /// <summary>Null while fewer than ten calls completed.</summary>
        public double? Seconds => Volatile.Read(ref _seconds) is var seconds && double.IsNaN(seconds) ? null : seconds;

        public void Take(CallRecord call)
        {
            if (call.Latency is not { } latency)
            {
                return;
            }

            if (call.Started is { } started && call.Completed > started)
            {
                _served += (call.Completed.Value - started).Seconds;
                if (++_clocked >= CallsOfAMean)
                {
                    Volatile.Write(ref _seconds, _served / _clocked);
                }

                return;
            }

            _sum += latency.Seconds;
            if (++_count == CallsOfAMean)
            {
                if (_clocked < CallsOfAMean)
                {
                    Volatile.Write(ref _seconds, double.IsNaN(_seconds) ? _sum / CallsOfAMean : Math.Min(_seconds, _sum / CallsOfAMean));
                }

                (_sum, _count) = (0, 0);
            }
        }
    }
}
