using System.Globalization;
using System.Text;
using LoadLab.Core;

namespace LoadLab.Workload.Tests;

/// <summary>tests/golden/traces: a small file of our own making in every format, with the traps of its kind, and what an import makes of it.</summary>
public sealed class ImportSampleTests : IDisposable
{
    private readonly TraceFiles _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>Arrivals in nanoseconds, worked by hand from the file.</summary>
    [Theory]
    [InlineData("azure-llm/sample.csv", "azure-llm", "0 1819410000 4314579000 4314579000", 2, 1)]
    [InlineData("gentd26/sample.csv", "gentd26", "0 1000000000 1000000000", 1, 0)]
    [InlineData("loadlab/sample.csv", "loadlab", "1 1500000000 2000000000", 0, 1)]
    [InlineData("mooncake/sample.jsonl", "mooncake", "0 3000000000 3000000000 6000000000 9000000123", 3, 1)]
    [InlineData("aiperf/sample.jsonl", "aiperf", "0 105250000 274000000 274000000", 2, 0)]
    [InlineData("bailian/sample.jsonl", "bailian", "61114000000 61114000000 62500000000", 1, 1)]
    [InlineData("guidellm/sample.csv", "guidellm", "0 1000000001", 0, 0)]
    [InlineData("guidellm/sample.jsonl", "guidellm", "0 250000000 500000000 500000000", 1, 1, true)]
    [InlineData("burstgpt/sample.csv", "burstgpt", "5000000000 45000000000 45000000000", 1, 0)]
    [InlineData("burstgpt/sessions.csv", "burstgpt", "5000000000 7250000000", 0, 0)]
    [InlineData("requests/sample.txt", "requests", "0 1 2500000000 2500000000", 4, 1)]
    [InlineData("vidur/sample.csv", "vidur", "0 4314579000 4314579000", 1, 0)]
    [InlineData("splitwise/sample.csv", "splitwise", "0 1250000000", 0, 0)]
    [InlineData("h2load/sample.tsv", "h2load", "0 12345000 12345000", 1, 0)]
    public void Sample_gives_its_arrivals(string file, string format, string expected, int malformed, int outOfOrder, bool named = false)
    {
        var trace = Read(file, new TraceReading { Format = named ? TraceReader.FormatOf(format) : null });
        Assert.Equal(format, Trace.WordOf(trace.Format));
        Assert.Equal(expected, string.Join(' ', trace.Rows.Select(row => row.ArrivalNs)));
        Assert.Equal((malformed, outOfOrder), (trace.Malformed, trace.OutOfOrder));
        AssertImport(file, trace);
    }

    [Theory]
    [InlineData("columns/sample.csv", "arrival=When (ms),unit=ms,tenant=Who,size=Pixels,prompt=Text", "0 250500000", 1)]
    [InlineData("columns/sample.jsonl", "arrival=t,unit=s,width=job.w,height=job.h,tenant=who", "7000000000 7000000001", 0)]
    [InlineData("burstgpt/sessions.csv", "arrival=Elapsed time,unit=min,model=Model,tenant=Session ID", "30000000000 120000000000", 0)]
    [InlineData("vidur/sample.csv", "arrival=arrived_at,unit=s", "0 4314579000 4314579000", 1)]
    [InlineData("requests/sample.txt", "arrival=request_id,unit=us,frames=num_frames", "0 1000 2000 3000 6000 7000", 2)]
    public void Column_map_reads_any_file(string file, string map, string expected, int malformed)
    {
        var trace = Read(file, new TraceReading { Columns = TraceColumnMap.Parse(map, "--map") });
        Assert.Equal(expected, string.Join(' ', trace.Rows.Select(row => row.ArrivalNs)));
        Assert.Equal(malformed, trace.Malformed);
        if (file.StartsWith("columns", StringComparison.Ordinal))
        {
            AssertImport(file, trace);
        }
    }

    /// <summary>Arrivals by window of ten minutes, or a minute, and the stretches without data.</summary>
    [Theory]
    [InlineData("servegen/sample.csv", null, 600, "18 3 0 6", "1200+600")]
    [InlineData("servegen/chunk.csv", null, 600, "12 0 18", "600+600")]
    [InlineData("columns/counts.csv", "arrival=t_s,unit=s,count=count", 60, "2 0 3 0 0 1", "180+120")]
    public void Rates_and_counts_fill_their_windows(string file, string? map, int window, string expected, string gaps)
    {
        var trace = Read(file, new TraceReading { Columns = map is null ? null : TraceColumnMap.Parse(map, "--map") });
        Assert.Empty(trace.Rows);
        var drawn = trace.Cut(null, 1, new Seed(42));
        var counts = Enumerable.Range(0, expected.Split(' ').Length).Select(i => drawn.Rows.Count(row => row.ArrivalNs / (window * 1_000_000_000L) == i));
        Assert.Equal(expected, string.Join(' ', counts));
        Assert.Equal(gaps, string.Join(' ', drawn.Gaps.Select(gap => string.Create(CultureInfo.InvariantCulture, $"{gap.From.Seconds}+{gap.Length.Seconds}"))));
        Assert.True(drawn.Synthetic);
        AssertImport(file, drawn);
    }

    [Fact]
    public void Sample_of_requests_carries_whole_jobs()
    {
        var rows = Read("requests/sample.txt", new TraceReading()).Rows;
        Assert.Equal(new TraceJob { Width = 832, Height = 480, Frames = 81, Steps = 40, Prompt = "a cat, \"asleep\" (or not)", CallSeed = 42, Deadline = Duration.FromSeconds(30.0005) }, rows[0].Job);
        Assert.Equal("it's a dog\nA\u00e9\U0001F600 \\ end", rows[2].Job!.Prompt);
        Assert.Equal(new TraceJob { Width = 256, Height = 256 }, rows[3].Job);
        Assert.Equal(new TraceJob { Frames = 1, Steps = 1 }, rows[1].Job);
    }

    [Fact]
    public void Sample_of_aiperf_carries_prompts_and_extra_fields()
    {
        var trace = Read("aiperf/sample.jsonl", new TraceReading());
        Assert.Equal(new TraceJob { Width = 832, Height = 480, Frames = 81, Steps = 40, CallSeed = 7, Model = "wan", Prompt = "a cat, \"asleep\"\n\u00e9\U0001F600" }, trace.Rows[0].Job);
        Assert.Equal("a dog", trace.Rows[1].Job!.Prompt);
        Assert.Null(trace.Rows[2].Job);
        Assert.Equal(new TraceJob { Width = 160, Height = 96, Frames = 9, Prompt = "a ship" }, trace.Rows[3].Job);
        Assert.Contains("1 rows left out: they are later turns of a session", trace.Transformations[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Times_since_1970_are_counted_from_the_first_arrival()
    {
        var trace = Read("columns/sample.csv", new TraceReading { Columns = TraceColumnMap.Parse("arrival=When (ms),unit=ms,size=Pixels", "--map") });
        Assert.Equal(new DateTimeOffset(2023, 11, 14, 22, 13, 20, TimeSpan.Zero), trace.Zero);
        Assert.Equal((832, 480), (trace.Rows[0].Job!.Width!.Value, trace.Rows[0].Job!.Height!.Value));
    }

    [Fact]
    public void Every_format_has_a_sample() =>
        Assert.All(TraceReader.Formats, format => Assert.NotEmpty(Directory.GetFiles(Repository.File("tests", "golden", "traces", format.Word), "s*")));

    private static Trace Read(string file, TraceReading reading) =>
        TraceReader.Read(Repository.File(["tests", "golden", "traces", .. file.Split('/')]), reading with { MaxMalformedShare = 0.7 });

    /// <summary>What trace import leaves behind, and that it reads back.</summary>
    private void AssertImport(string sample, Trace trace)
    {
        var path = _files.New("own.csv");
        TraceWriter.Write(path, trace, TraceOrigin.Of(trace, "made for a test", "MIT"));
        var text = new StringBuilder(File.ReadAllText(path)).Append(File.ReadAllText(TraceOrigin.PathOf(path)));
        foreach (var example in trace.MalformedExamples)
        {
            text.Append($"{example.Line}: {example.Message}\n");
        }

        Repository.AssertGolden($"../traces/{sample}.expected.txt", text.ToString());
        var back = TraceReader.Read(path);
        Assert.Equal(trace.Rows.Select(row => row.ArrivalNs), back.Rows.Select(row => row.ArrivalNs));
        Assert.Equal(trace.Gaps, back.Gaps);
        Assert.Equal((trace.Synthetic, trace.Zero, trace.Transformations.Count), (back.Synthetic, back.Zero, back.Transformations.Count));
        Assert.Equal(trace.Rows.Select(row => (row.Job ?? new TraceJob()) with { Outputs = null, Prompt = row.Job?.Prompt?.Replace('\n', ' ') }), back.Rows.Select(row => row.Job ?? new TraceJob()));
    }
}
