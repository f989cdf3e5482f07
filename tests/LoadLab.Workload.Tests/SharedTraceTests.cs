using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Workload.Tests;

/// <summary>Public traces that lie beside the checkout on some machines.</summary>
public sealed class SharedTraceTests
{
    private const double Window = 600;

    [Fact]
    public void ServeGen_rates_are_drawn_to_its_published_figures()
    {
        var trace = TraceReader.Read(Repository.Shared("traces", "servegen-m-small-14d.csv.gz"));
        Assert.Equal(TraceFormat.ServeGen, trace.Format);
        Assert.Equal(1174 * 14 * 86400.0, trace.Rates!.Expected(Duration.Zero, trace.End, 1), 0.001 * 1174 * 14 * 86400);
        Assert.Equal(37 * Window, trace.Gaps.Sum(gap => gap.Length.Seconds));
        Assert.Contains(trace.Gaps, gap => gap.From.Seconds == 1332 * Window && gap.Length.Seconds == 4 * Window);

        var found = TraceInspection.Of(trace.Cut(null, 0.0002, new Seed(1)));
        Assert.True(found.Synthetic);
        Assert.Equal(3.30, found.Counts[2].PeakToMean, 0.1);
        Assert.Equal(0.53, found.AutocorrelationAt24Hours!.Value, 0.05);
        Assert.Equal(0.35, found.AutocorrelationAt7Days!.Value, 0.05);
        Assert.Contains(found.Warnings, warning => warning.Contains("22200 s hold no data", StringComparison.Ordinal));
        Assert.All(found.QuietGaps, gap => Assert.True(gap.Length.Seconds < Window));
    }

    /// <summary>Client 5 of the first window: Gamma of shape 0.793809, so a CV of 1.12239 as the file says.</summary>
    [Fact]
    public void ServeGen_gaps_have_the_fitted_spread()
    {
        var trace = TraceReader.Read(Repository.Shared("traces", "servegen-m-small-14d.csv.gz"));
        var times = trace.Cut((Duration.Zero, Duration.FromSeconds(Window)), 0.5, new Seed(1)).Rows.Where(row => row.Job!.Tenant == "5").Select(row => row.ArrivalNs / 1e9).ToArray();
        Assert.Equal(378.917 * Window * 0.5, times.Length, 1.0);
        var gaps = times.Zip(times.Skip(1), (a, b) => b - a).ToArray();
        var mean = gaps.Average();
        Assert.Equal(1.12239, Math.Sqrt(gaps.Average(gap => (gap - mean) * (gap - mean))) / mean, 0.02);
    }

    [Fact]
    public void ServeGen_whole_is_too_much_to_draw()
    {
        var trace = TraceReader.Read(Repository.Shared("traces", "servegen-m-small-14d.csv.gz"));
        var thrown = Assert.Throws<InputException>(() => trace.Cut(null, 1, new Seed(1)));
        Assert.Contains("take a window of it, or a rate scale of 0.003", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WorldCup_counts_are_spread_over_their_minutes()
    {
        var path = Repository.Shared("traces", "worldcup98-per-minute-dev.csv.gz");
        var thrown = Assert.Throws<InputException>(() => TraceReader.Read(path));
        Assert.Contains("counts are no arrivals: map them, for example arrival=t_s,unit=s,count=count", thrown.Message, StringComparison.Ordinal);

        var trace = TraceReader.Read(path, new TraceReading { Columns = TraceColumnMap.Parse("arrival=t_s,unit=s,count=count", "--map") });
        var drawn = trace.Cut(null, 0.0002, new Seed(1));
        Assert.Equal(5.75e8 * 0.0002, drawn.Rows.Count, 200.0);
        Assert.Equal(18.3, PeakToMean(drawn, 600), 0.1);
        Assert.Equal(15.3, PeakToMean(drawn, 3600), 0.1);
        var found = TraceInspection.Of(drawn);
        Assert.Equal(0.78, found.AutocorrelationAt24Hours!.Value, 0.02);
    }

    [Theory]
    [InlineData("gentd26-telemetry-dev.csv.gz")]
    [InlineData("nab-utilisation-dev.csv.gz")]
    public void Series_of_values_are_refused_with_what_reads_them(string name)
    {
        var thrown = Assert.Throws<InputException>(() => TraceReader.Read(Repository.Shared("traces", name)));
        Assert.Contains("a series of values holds no arrivals: forecast reads series", thrown.Message, StringComparison.Ordinal);
    }

    /// <summary>Windows from the trace's zero, as the published figures have them; an inspection begins at the first arrival.</summary>
    private static double PeakToMean(Trace trace, double windowSeconds)
    {
        var counts = trace.Rows.CountBy(row => (long)(row.ArrivalNs / 1e9 / windowSeconds)).ToDictionary();
        return counts.Values.Max() / (trace.Rows.Count / (trace.Rows[^1].ArrivalNs / 1e9 / windowSeconds));
    }
}
