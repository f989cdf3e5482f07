using LoadLab.Core;
using Calendar = LoadLab.Core.Calendar;

namespace LoadLab.Workload.Tests;

public sealed class ShapesTests
{
    private const double Day = 86400;
    private const string Monday = "calendar: { start: 2026-01-05 }\n";

    [Fact]
    public void Flash_crowd_rises_holds_and_halves_within_the_stated_error()
    {
        var curve = RateCurve.Sum(1000, [Shapes.FlashCrowd(10, 5, 8, 20, 30)]);
        Assert.Equal(0, curve.RateAt(9.9));
        Assert.Equal(4, curve.RateAt(12.5), 12);
        Assert.Equal(8, curve.RateAt(15), 12);
        Assert.Equal(8, curve.RateAt(34.9), 12);
        for (var t = 35.0; t < 600; t += 0.1)
        {
            var exact = 8 * Math.Pow(2, -(t - 35) / 30);
            Assert.InRange(curve.RateAt(t) / exact, 1 - 1e-12, 1.00094);
        }

        // 5 s of rise, 20 s of plateau, and an exponential's area: half-life / ln 2.
        Assert.Equal(8 * (2.5 + 20 + (30 / Math.Log(2))), curve.Total, 8 * 30 * 0.001);
        AssertInverse(curve);
    }

    [Fact]
    public void Flash_crowd_without_a_rise_jumps_to_its_peak()
    {
        Assert.Equal(6, RateCurve.Sum(60, [Shapes.FlashCrowd(10, 0, 6, 0, 5)]).RateAt(10), 12);
    }

    [Fact]
    public void Spikes_stand_one_in_each_period_at_their_drawn_place()
    {
        var spikes = Shapes.SpikeTrain(9, 5, 1000, 10, 2, 8, new Seed(3).Stream("spikes"));
        Assert.Equal(100, spikes.Count);
        for (var i = 0; i < spikes.Count; i++)
        {
            Assert.InRange(spikes[i].Start, 5 + (10 * i), 5 + (10 * i) + 8);
            Assert.Equal(2, spikes[i].End - spikes[i].Start, 9);
        }

        Assert.Equal(4, spikes.Select((spike, i) => spike.Start - 5 - (10 * i)).Average(), 1.0);
        Assert.Equal(9 * 2 * 99, RateCurve.Sum(995, [spikes]).Total, 20.0);
        Assert.Equal(spikes, Shapes.SpikeTrain(9, 5, 1000, 10, 2, 8, new Seed(3).Stream("spikes")));
        Assert.NotEqual(spikes, Shapes.SpikeTrain(9, 5, 1000, 10, 2, 8, new Seed(4).Stream("spikes")));
    }

    [Fact]
    public void Mmpp_spends_its_time_by_the_holding_times_and_starts_in_equilibrium()
    {
        (double Rate, double HoldSeconds)[] states = [(1, 60), (10, 30), (40, 10)];
        var runs = Enumerable.Range(0, 2000).Select(seed => RateCurve.Sum(400, [Shapes.Mmpp(states, 0, 400, new Seed((ulong)seed).Stream("mmpp"))])).ToArray();

        // Shares of the time 0.6, 0.3, 0.1: mean rate 7.6, standard deviation 11.7; four standard errors of 2000 draws are 1.05.
        Assert.Equal(7.6, runs.Average(run => run.RateAt(0)), 1.05);
        Assert.Equal(7.6, runs.Average(run => run.RateAt(399)), 1.05);
        Assert.Equal(7.6, runs.Average(run => run.Total) / 400, 0.4);
        Assert.All(runs.Take(20), AssertInverse);
    }

    [Fact]
    public void Mmpp_counts_are_over_dispersed_as_theory_says()
    {
        // Two states of rates 1 and 9, both held 10 s: variance of the rate 16, correlation time 1 / (1/10 + 1/10) = 5 s.
        // Fano of counts in T: 1 + 2 var tau (1 - tau / T (1 - exp(-T / tau))) / mean; for T = 20 s: 1 + 32 (1 - 0.25 (1 - exp(-4))) = 25.1.
        var run = Repository.Bind("name: m\nseed: 5\nworkload: { duration: 60000s, arrivals: [ { mmpp: { states: [ { rate: 1/s, hold: 10s }, { rate: 9/s, hold: 10s } ] } } ] }\n").Sources[0];
        var counts = Figures.Counts(run.Times().Select(at => at.Seconds), 20, 60_000);
        Assert.Equal(25.1, Figures.Fano(counts), 2.5);
    }

    [Fact]
    public void Weekly_follows_the_weekday_of_the_calendar()
    {
        var curve = Curve($"{Monday}workload: {{ duration: 7d, arrivals: [ {{ weekly: {{ mean: 0.1/s, days: [1, 1, 1, 1, 2, 0.5, 0.5] }} }} ] }}\n");
        Assert.Equal(0.1 * 7 * Day, curve.Total, 6);
        Assert.Equal(0.1, curve.RateAt(Day / 2), 12);
        Assert.Equal(0.2, curve.RateAt(4.5 * Day), 12);
        Assert.Equal(0.05, curve.RateAt(6.5 * Day), 12);
        var saturday = Curve("calendar: { start: 2026-01-10T12:00, compress: 3600 }\nworkload: { duration: 30s, arrivals: [ { weekly: { mean: 1/s, days: [1, 1, 1, 1, 2, 0.5, 0.5] } } ] }\n");
        Assert.Equal(0.5, saturday.RateAt(1), 12);
        Assert.Equal(0.5, saturday.RateAt(13), 12);
    }

    [Fact]
    public void Weekly_multiplies_the_day_by_the_days_factor()
    {
        var curve = Curve($"{Monday}workload: {{ duration: 14d, arrivals: [ {{ weekly: {{ mean: 0.1/s, days: [1, 1, 1, 1, 1, 0.5, 0.5], day: [ {{ at: 06:00, rate: 1 }}, {{ at: 18:00, rate: 3 }} ] }} }} ] }}\n");
        Assert.Equal(0.1 * 14 * Day, curve.Total, 5);
        Assert.Equal(3, curve.RateAt(0.75 * Day) / curve.RateAt(0.25 * Day), 9);
        Assert.Equal(0.5, curve.RateAt(5.75 * Day) / curve.RateAt(0.75 * Day), 9);
        Assert.Equal(curve.RateAt(1.3 * Day), curve.RateAt(8.3 * Day), 12);
        AssertInverse(curve);
    }

    [Fact]
    public void Profile_goes_through_its_points_and_round_midnight()
    {
        var curve = Curve($"{Monday}workload: {{ duration: 3d, arrivals: [ {{ profile: {{ mean: 0.1/s, points: [ {{ at: 08:00, rate: 1 }}, {{ at: 20:00, rate: 3 }} ] }} }} ] }}\n");
        Assert.Equal(0.1 * 3 * Day, curve.Total, 6);
        Assert.Equal(0.05, curve.RateAt(8 * 3600), 9);
        Assert.Equal(0.15, curve.RateAt(20 * 3600), 9);
        Assert.Equal(0.15 - (0.1 * 4 / 12), curve.RateAt(Day), 9);
        AssertInverse(curve);
    }

    [Fact]
    public void Profile_can_hold_each_rate_until_the_next()
    {
        var curve = Curve($"{Monday}workload: {{ duration: 2d, arrivals: [ {{ profile: {{ mean: 0.1/s, between: hold, points: [ {{ at: 06:00, rate: 0 }}, {{ at: 12:00, rate: 4 }}, {{ at: 18:00, rate: 0 }} ] }} }} ] }}\n");
        Assert.Equal(0.4, curve.RateAt((12 * 3600) + 1), 9);
        Assert.Equal(0.4, curve.RateAt((18 * 3600) - 1), 9);
        Assert.Equal(0, curve.RateAt(3600));
        Assert.Equal(0, curve.RateAt(20 * 3600));
        Assert.Equal(0.1 * 2 * Day, curve.Total, 6);
    }

    [Fact]
    public void Profile_with_weekdays_is_a_week()
    {
        var curve = Curve($"{Monday}workload: {{ duration: 14d, arrivals: [ {{ profile: {{ mean: 0.1/s, points: [ {{ at: Wed 12:00, rate: 3 }}, {{ at: Sun 12:00, rate: 1 }} ] }} }} ] }}\n");
        Assert.Equal(0.15, curve.RateAt(2.5 * Day), 9);
        Assert.Equal(0.05, curve.RateAt(6.5 * Day), 9);
        Assert.Equal(0.15, curve.RateAt(9.5 * Day), 9);
    }

    [Theory]
    [InlineData(4, 0.2)]
    [InlineData(1.5, 0.6)]
    [InlineData(3, 0)]
    public void Diurnal_with_a_trough_keeps_its_mean_peak_and_trough(double peakToMean, double troughToMean)
    {
        var calendar = new Calendar(new DateTimeOffset(2026, 1, 5, 9, 0, 0, TimeSpan.Zero), 240);
        var curve = RateCurve.Sum(3 * Day / 240, [Shapes.Diurnal(0.8, peakToMean, 20 * 3600, calendar, 3 * Day / 240, troughToMean)]);
        Assert.Equal(0.8 * 3 * Day / 240, curve.Total, 6);
        Assert.Equal(0.8 * peakToMean, curve.Peak, 9);
        Assert.Equal(0.8 * troughToMean, curve.Segments.Min(piece => Math.Min(piece.From, piece.To)), 9);
    }

    [Fact]
    public void Trough_as_a_rate_or_over_the_mean_is_the_same()
    {
        const string Text = "workload: { duration: 1d, arrivals: [ { diurnal: { mean: 0.4/s, peakToMean: 4, peakAt: 20:00, TROUGH } } ] }\n";
        var rate = Curve(Text.Replace("TROUGH", "trough: 0.1/s", StringComparison.Ordinal));
        Assert.Equal(0.1, rate.RateAt(8 * 3600), 9);
        Assert.Equal(rate.Segments, Curve(Text.Replace("TROUGH", "troughToMean: 0.25", StringComparison.Ordinal)).Segments);
    }

    [Fact]
    public void Shape_with_chance_is_drawn_by_the_seed()
    {
        const string Text = "seed: SEED\nworkload: { duration: 600s, arrivals: [ { spikeTrain: { period: 10s, width: 1s, height: 5/s, jitter: 9s } }, { mmpp: { states: [ { rate: 1/s, hold: 9s }, { rate: 5/s, hold: 9s } ] } } ] }\n";
        var one = Curve(Text.Replace("SEED", "1", StringComparison.Ordinal));
        Assert.Equal(one.Segments, Curve(Text.Replace("SEED", "1", StringComparison.Ordinal)).Segments);
        Assert.NotEqual(one.Segments, Curve(Text.Replace("SEED", "2", StringComparison.Ordinal)).Segments);
    }

    internal static void AssertInverse(RateCurve curve)
    {
        for (var i = 0; i < 500; i++)
        {
            var area = curve.Total * i / 500;
            Assert.Equal(area, curve.Integral(curve.Inverse(area)), 1e-9 * curve.Total);
        }
    }

    private static RateCurve Curve(string yaml) => Repository.Bind("name: s\n" + yaml).Arrivals!;
}
