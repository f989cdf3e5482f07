namespace LoadLab.Workload.Tests;

public sealed class TraceInspectionTests : IDisposable
{
    private readonly TraceFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Shared_azure_trace_has_its_published_figures()
    {
        var found = TraceInspection.Of(TraceReader.Read(Repository.Shared("traces", "azure-llm-2023-conv.csv.gz")));
        Assert.Equal(19366, found.Rows);
        Assert.Equal(3502, found.Span.Seconds, 0.5);
        Assert.Equal(5.53, found.MeanRate!.Value, 0.005);
        Assert.Equal(1.09, found.GapCv!.Value, 0.005);
        Assert.Equal([1, 60, 600], found.Counts.Select(count => count.WindowSeconds));
        Assert.Equal(2.89, found.Counts[0].PeakToMean, 0.005);
        Assert.Equal(1.52, found.Counts[1].PeakToMean, 0.005);
        Assert.Equal(1.4, found.Counts[0].Fano, 0.05);
        Assert.Equal(16, found.Counts[1].Fano, 0.5);
        Assert.Equal(80, found.Counts[2].Fano, 0.5);
        Assert.Equal((0, 0), (found.Malformed, found.OutOfOrder));
        Assert.Empty(found.HourShares);
        Assert.Empty(found.Warnings);
    }

    [Fact]
    public void Shared_gentd26_trace_has_its_published_figures()
    {
        var found = TraceInspection.Of(TraceReader.Read(Repository.Shared("traces", "gentd26-image-requests-dev.csv.gz")));
        Assert.Equal(13870, found.Rows);
        Assert.Equal(14.0, found.Span.Seconds / 86400, 0.05);
        Assert.Equal(0.0115, found.MeanRate!.Value, 0.00005);
        Assert.Equal(11.9, found.GapCv!.Value, 0.05);
        Assert.Equal([18.9, 11.3, 8.6], found.Counts.Skip(1).Select(count => Math.Round(count.PeakToMean, 1)));
        Assert.Equal([3.3, 24.5, 127], found.Counts.Skip(1).Select(count => Math.Round(count.Fano, 1)));
        Assert.Equal(0.65, found.AutocorrelationAt24Hours!.Value, 0.005);
        Assert.Equal(0.42, found.AutocorrelationAt7Days!.Value, 0.005);
        Assert.Equal(1, found.Resolution.Seconds);
        Assert.Equal(1, found.HourShares.Sum(), 9);
        Assert.True(found.QuietGaps[0].Length.Seconds > 10 * 3600);
        Assert.Empty(found.Warnings);
    }

    [Fact]
    public void Figures_of_a_small_trace_are_those_worked_by_hand()
    {
        // Gaps 1, 0, 2, 1, 3, 1: mean 8/6. Counts of the eight whole seconds: 1 2 0 1 1 0 0 1.
        var found = TraceInspection.Of(TraceReader.Read(_files.Write("arrival_s\n0\n1\n1\n3\n4\n7\n8\n")));
        Assert.Equal(7, found.Rows);
        Assert.Equal(7 / 8.0, found.MeanRate!.Value, 12);
        Assert.Equal(Math.Sqrt((16 / 6.0) - (64 / 36.0)) / (8 / 6.0), found.GapCv!.Value, 12);
        Assert.Equal(1, found.Ties);
        var second = Assert.Single(found.Counts);
        Assert.Equal((1.0, 8), (second.WindowSeconds, second.Windows));
        Assert.Equal(2 / 0.75, second.PeakToMean, 12);
        Assert.Equal(((8 / 8.0) - (0.75 * 0.75)) / 0.75, second.Fano, 12);
        Assert.Equal((4, 3), (found.QuietGaps[0].From.Seconds, found.QuietGaps[0].Length.Seconds));
    }

    [Fact]
    public void Hour_profile_starts_at_the_wall_clock_of_zero()
    {
        var rows = string.Concat(Enumerable.Range(0, 10).SelectMany(day => Enumerable.Range(0, 6).Select(i => $"2024-01-{day + 1:00} 21:{i * 10:00}:00,1,2\n")));
        var found = TraceInspection.Of(TraceReader.Read(_files.Write("TIMESTAMP,ContextTokens,GeneratedTokens\n" + rows)));
        Assert.Equal(1, found.HourShares[21], 12);
        Assert.Equal(1, found.AutocorrelationAt24Hours!.Value, 0.05);
    }

    [Fact]
    public void Milliseconds_taken_for_seconds_are_warned_of()
    {
        var found = TraceInspection.Of(TraceReader.Read(_files.Write("arrival_s\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"{i * 30_000}\n")))));
        Assert.Contains("is the time column in milliseconds?", Assert.Single(found.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Seconds_taken_for_nanoseconds_and_clumps_are_warned_of()
    {
        var fast = TraceInspection.Of(TraceReader.Read(_files.Write("index,intended_ns\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"{i},{i * 3}\n")))));
        Assert.Contains("in a longer unit than taken", Assert.Single(fast.Warnings), StringComparison.Ordinal);

        var clumps = TraceInspection.Of(TraceReader.Read(_files.Write("arrival_s\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"{i / 10 * 3}\n")))));
        Assert.Contains("resolution 3 s", Assert.Single(clumps.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Single_arrival_has_no_rate()
    {
        var found = TraceInspection.Of(TraceReader.Read(_files.Write("arrival_s\n5\n")));
        Assert.Null(found.MeanRate);
        Assert.Null(found.GapCv);
        Assert.Empty(found.Counts);
        Assert.NotEmpty(found.Describe());
    }
}
