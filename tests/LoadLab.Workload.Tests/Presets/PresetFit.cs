using LoadLab.Core;
using Calendar = LoadLab.Core.Calendar;

namespace LoadLab.Workload.Tests;

/// <summary>Figures of each preset, at its trace's own rate, beside those of the trace.</summary>
internal static class PresetFit
{
    private const double Day = 86400;
    private const double Minute = 60;
    private const double TenMinutes = 600;
    private const int Seeds = 20;
    private const double FanoFactor = 1.5;
    private const double CvShare = 0.25;
    private const double HourPoints = 1.5;
    private const double Correlation = 0.15;

    private static readonly int[] s_workingDays = [4, 5, 6, 7, 9, 10, 11, 12, 13];

    /// <summary>Single arrivals of nine days.</summary>
    public static IReadOnlyList<FitRow> GenTd26(string file)
    {
        var length = s_workingDays.Length * Day;
        var rows = TraceReader.Read(file, TraceFormat.GenTd26, 0).Rows.Select(row => row.ArrivalNs / 1e9).ToList();
        var trace = s_workingDays.SelectMany((day, place) => rows.Where(s => (int)(s / Day) == day).Select(s => s + ((place - day) * Day))).ToArray();
        var preset = PresetLibrary.Get("gentd26-day");
        var runs = Enumerable.Range(0, Seeds).Select(seed => Arrivals(preset, length, seed)).ToArray();
        return
        [
            Hours(Figures.Counts(trace, TenMinutes, length), [.. runs.Select(run => Figures.Counts(run, TenMinutes, length))], false),
            FitRow.Share("calls in nine days", trace.Length, [.. runs.Select(run => (double)run.Length)], 0.1),
            FitRow.Distance("autocorrelation at 24 h, 10 min", Lag(trace), [.. runs.Select(Lag)], Correlation),
            FitRow.Share("CV of gaps", Figures.GapCv(trace), [.. runs.Select(run => Figures.GapCv(run))], CvShare),
            .. new[] { (1, "1 s"), (Minute, "1 min"), (TenMinutes, "10 min") }.Select(window =>
                FitRow.Factor($"Fano factor, {window.Item2}", Figures.Fano(Figures.Counts(trace, window.Item1, length)), [.. runs.Select(run => Figures.Fano(Figures.Counts(run, window.Item1, length)))], FanoFactor)),
            FitRow.Factor("peak to mean, 10 min", Figures.PeakToMean(Figures.Counts(trace, TenMinutes, length)), [.. runs.Select(run => Figures.PeakToMean(Figures.Counts(run, TenMinutes, length)))], FanoFactor),
        ];

        double Lag(double[] seconds) => Figures.Autocorrelation(Figures.Counts(seconds, TenMinutes, length), 144);
    }

    /// <summary>Counts of eleven days by the minute.</summary>
    public static IReadOnlyList<FitRow> WorldCup(string file)
    {
        const int Days = 11;
        var start = new DateTimeOffset(1998, 6, 10, 0, 0, 0, TimeSpan.Zero);
        var first = (start - new DateTimeOffset(1998, 4, 30, 21, 30, 0, TimeSpan.Zero)).TotalMinutes;
        var trace = Numbers(file, 1).Skip((int)first).Take(Days * 1440).ToArray();
        var preset = PresetLibrary.Get("worldcup-flash");
        var runs = Enumerable.Range(0, Seeds).Select(seed => Minutes(preset, new Calendar(start, 1), Days * Day, seed)).ToArray();
        var tens = runs.Select(run => Figures.Coarser(run, 10)).ToArray();
        var traceTens = Figures.Coarser(trace, 10);
        return
        [
            Hours(traceTens, tens, false),
            FitRow.Share("calls in eleven days", trace.Sum(), [.. runs.Select(run => run.Sum())], 0.1),
            FitRow.Distance("autocorrelation at 24 h, 10 min", Figures.Autocorrelation(traceTens, 144), [.. tens.Select(run => Figures.Autocorrelation(run, 144))], Correlation),
            FitRow.Factor("Fano factor, 1 min", Figures.Fano(trace), [.. runs.Select(Figures.Fano)], FanoFactor),
            FitRow.Factor("Fano factor, 10 min", Figures.Fano(traceTens), [.. tens.Select(Figures.Fano)], FanoFactor),
            FitRow.Factor("peak to mean, 1 min", Figures.PeakToMean(trace), [.. runs.Select(Figures.PeakToMean)], FanoFactor),
            FitRow.Factor("steepest rise in 30 min, over the mean", Rise(traceTens), [.. tens.Select(Rise)], FanoFactor),
        ];

        static double Rise(double[] counts) => counts.Zip(counts.Skip(3), (a, b) => b - a).Max() / counts.Average();
    }

    /// <summary>Rates of ten minutes; what lies below is made the source's own way on one side, by the preset's process on the other.</summary>
    public static IReadOnlyList<FitRow> ServeGen(string file)
    {
        const double Length = 14 * Day;
        var trace = ServeGenTrace.Read(file);
        var preset = PresetLibrary.Get("servegen-weeks");
        var start = new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);
        var source = Fine.Of(trace.Sample(), trace.Rates);
        var curves = Enumerable.Range(0, Seeds).Select(seed => (Seed: seed, Curve: RateCurve.Sum(Length, [preset.Rate(preset.OwnRate, new Calendar(start, 1), Length, new Seed((ulong)seed))]))).ToArray();
        var rates = curves.Select(run => trace.Rates.Select((_, i) => (run.Curve.Integral((i + 1) * TenMinutes) - run.Curve.Integral(i * TenMinutes)) / TenMinutes).ToArray()).ToArray();
        var fine = curves.Select((run, i) => Fine.Of(ServeGenTrace.Sample(run.Curve, preset.Process, new Seed((ulong)run.Seed)), rates[i])).ToArray();
        var known = trace.Rates.Where(rate => rate > 0).ToArray();
        return
        [
            Hours(trace.Rates, rates, true),
            FitRow.Share("mean rate, calls/s", known.Average(), [.. rates.Select(run => run.Average())], 0.1),
            FitRow.Distance("autocorrelation at 24 h, 10 min", Figures.Autocorrelation(trace.Rates, 144, true), [.. rates.Select(run => Figures.Autocorrelation(run, 144))], Correlation),
            FitRow.Share("CV of the rate, 10 min", Math.Sqrt(Figures.Variance(known)) / known.Average(), [.. rates.Select(run => Math.Sqrt(Figures.Variance(run)) / run.Average())], CvShare),
            FitRow.Share("CV of gaps (source's way)", source.GapCv, [.. fine.Select(run => run.GapCv)], CvShare),
            FitRow.Factor("Fano factor, 1 s (source's way)", source.FanoSecond, [.. fine.Select(run => run.FanoSecond)], FanoFactor),
            FitRow.Factor("Fano factor, 1 min (source's way)", source.FanoMinute, [.. fine.Select(run => run.FanoMinute)], FanoFactor),
            FitRow.Factor("Fano factor, 10 min", TenMinutes * Figures.Variance(known) / known.Average(), [.. rates.Select(run => TenMinutes * Figures.Variance(run) / run.Average())], FanoFactor),
            FitRow.Factor("peak to mean, 10 min", known.Max() / known.Average(), [.. rates.Select(Figures.PeakToMean)], FanoFactor),
        ];
    }

    private static FitRow Hours(double[] trace, double[][] runs, bool zeroIsMissing)
    {
        var shares = Figures.HourShares(trace, TenMinutes, zeroIsMissing);
        var all = runs.Select(run => Figures.HourShares(run, TenMinutes)).ToArray();
        var mean = Enumerable.Range(0, 24).Select(hour => all.Average(run => run[hour])).ToArray();
        return FitRow.Difference("largest difference of an hour's share of the day, points", Figures.LargestDifference(mean, shares), [.. all.Select(run => Figures.LargestDifference(run, shares))], HourPoints);
    }

    private static double[] Arrivals(RatePreset preset, double length, int seed)
    {
        var run = new Seed((ulong)seed);
        var source = new LoadSource
        {
            Seed = run,
            Length = Duration.FromSeconds(length),
            Arrivals = RateCurve.Sum(length, [preset.Rate(preset.OwnRate, Calendar.Default, length, run)]),
            Process = preset.Process,
        };
        return [.. source.Times().Select(at => at.Seconds)];
    }

    /// <summary>Poisson counts; at tens of thousands a minute drawn as normal ones.</summary>
    private static double[] Minutes(RatePreset preset, Calendar calendar, double length, int seed)
    {
        var run = new Seed((ulong)seed);
        var curve = RateCurve.Sum(length, [preset.Rate(preset.OwnRate, calendar, length, run)]);
        var chance = run.Stream("counts");
        return [.. Enumerable.Range(0, (int)(length / Minute)).Select(i => curve.Integral((i + 1) * Minute) - curve.Integral(i * Minute)).Select(mean => Math.Round(mean + (Math.Sqrt(mean) * chance.NextNormal())))];
    }

    private static IEnumerable<double> Numbers(string file, int column) =>
        ServeGenTrace.Lines(file).Select(cells => double.Parse(cells[column], System.Globalization.CultureInfo.InvariantCulture));
}
