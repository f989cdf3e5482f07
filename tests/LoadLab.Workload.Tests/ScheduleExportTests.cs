using LoadLab.Core.Input;
using LoadLab.Core.Runs;

namespace LoadLab.Workload.Tests;

public sealed class ScheduleExportTests : IDisposable
{
    private const string Scenario = """
        name: s
        seed: 3
        workload:
          duration: 20s
          arrivals: [ { constant: { rate: 20/s } }, { burst: { at: 5s, rate: 40/s, for: 2s } } ]
          process: gamma: { shape: 0.5 }
          jobs:
            - { weight: 3, tier: vip, tenant: acme, size: 160x96, frames: 9, steps: 8, guidance: 5.5, deadline: 5s, patience: { median: 9s } }
            - { weight: 1, size: 320x192, frames: 17, quality: draft }
          prompts: { popularity: zipf(1.1), unique: 0.3 }
        """;

    private readonly TraceFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Csv_brings_back_every_field_to_the_nanosecond()
    {
        var (schedule, back) = RoundTrip(ScheduleForm.Csv, "s.csv.gz", TraceFormat.LoadLab);
        Assert.Equal(schedule.Calls.Select(call => call with { PromptHash = "" }), back.Select((row, i) => Call(row, i)));
        Assert.Equal(schedule.Calls.Select(schedule.PromptOf), back.Select(row => row.Job!.Prompt));
    }

    [Fact]
    public void AiPerf_brings_back_times_prompts_and_shapes()
    {
        var (schedule, back) = RoundTrip(ScheduleForm.AiPerf, "s.jsonl", TraceFormat.AiPerf);
        Assert.Equal(schedule.Calls.Select(call => call.Intended.Nanoseconds), back.Select(row => row.ArrivalNs));
        Assert.Equal(
            schedule.Calls.Select(call => call with { PromptHash = "", Guidance = null, Quality = "", Deadline = null, Patience = null }),
            back.Select((row, i) => Call(row, i)));
        Assert.Equal(schedule.Calls.Select(schedule.PromptOf), back.Select(row => row.Job!.Prompt));
    }

    [Fact]
    public void H2load_brings_back_times_to_the_microsecond()
    {
        var (schedule, back) = RoundTrip(ScheduleForm.H2Load, "s.tsv", TraceFormat.H2Load);
        Assert.Equal(schedule.Calls.Select(call => (long)Math.Round(call.Intended.Nanoseconds / 1000m, MidpointRounding.AwayFromZero) * 1000), back.Select(row => row.ArrivalNs));
    }

    [Fact]
    public void AiPerf_line_is_of_its_documented_form()
    {
        var path = Export(ScheduleForm.AiPerf, "s.jsonl", out _);
        var line = File.ReadLines(path).First(line => line.Contains("vip", StringComparison.Ordinal));
        Assert.Matches("""^\{"timestamp":[0-9.]+,"text_input":"[^"]+","extra":\{"model":"m","user":"acme","service_tier":"vip","size":"160x96","num_frames":9,"num_inference_steps":8,"guidance_scale":5.5,"seed":[0-9]+\}\}$""", line);
    }

    [Fact]
    public void H2load_line_is_of_its_documented_form()
    {
        var path = Export(ScheduleForm.H2Load, "s.tsv", out var schedule);
        var lines = File.ReadAllLines(path);
        Assert.Equal(schedule.Calls.Count, lines.Length);
        Assert.All(lines, line => Assert.Matches(@"^[0-9]+\.[0-9]{3}\t/v1/videos$", line));
    }

    [Theory]
    [InlineData("ftp://host/")]
    [InlineData("host/path")]
    [InlineData("/a b")]
    [InlineData("/a\tb")]
    [InlineData("/a\nb")]
    [InlineData("")]
    public void H2load_address_that_would_break_its_line_is_refused(string address) =>
        Assert.Throws<InputException>(() => ScheduleExport.Write(_files.New("s.tsv"), Build(), ScheduleForm.H2Load, address));

    private static Schedule Build() => Scheduler.Build(Repository.Bind(Scenario.Replace("process: gamma: { shape: 0.5 }", "process: { gamma: { shape: 0.5 } }", StringComparison.Ordinal)), new TargetDefaults("m", 160, 96, 9, 8));

    private string Export(ScheduleForm form, string name, out Schedule schedule)
    {
        schedule = Build();
        ScheduleExport.Write(_files.New(name), schedule, form, "/v1/videos");
        return _files.New(name);
    }

    private (Schedule Schedule, IReadOnlyList<TraceRow> Back) RoundTrip(ScheduleForm form, string name, TraceFormat format)
    {
        var trace = TraceReader.Read(Export(form, name, out var schedule));
        Assert.Equal((format, 0, 0, schedule.Calls.Count), (trace.Format, trace.Malformed, trace.OutOfOrder, trace.Rows.Count));
        return (schedule, trace.Rows);
    }

    private static ScheduledCall Call(TraceRow row, int index) => new()
    {
        Index = index,
        Intended = new(row.ArrivalNs),
        Tenant = row.Job!.Tenant ?? "",
        Tier = row.Job.Tier ?? "",
        Model = row.Job.Model ?? "",
        Width = row.Job.Width ?? 0,
        Height = row.Job.Height ?? 0,
        Frames = row.Job.Frames ?? 0,
        Steps = row.Job.Steps ?? 0,
        Guidance = row.Job.Guidance,
        Quality = row.Job.Quality ?? "",
        CallSeed = row.Job.CallSeed ?? 0,
        Deadline = row.Job.Deadline,
        Patience = row.Job.Patience,
    };
}
