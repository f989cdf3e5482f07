using LoadLab.Core.Input;
using LoadLab.Core.Tests;

namespace LoadLab.Workload.Tests;

public sealed class TraceColumnMapTests : IDisposable
{
    private const int Mutations = 2000;
    private readonly TraceFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Scenario_maps_columns_of_any_file()
    {
        var path = _files.Write("Timestamp;x,w,h,n,prompt text\n10,160,96,9,a cat\n2010,320,192,17,a dog\n");
        var options = Repository.Bind($$"""
            name: t
            workload:
              trace:
                file: {{path}}
                format: { columns: { arrival: "Timestamp;x", unit: ms, width: w, height: h, frames: n, prompt: prompt text } }
                shapes: trace
            """);
        var schedule = Scheduler.Build(options, new TargetDefaults("m", 1, 1, 1, 4));
        Assert.Equal([10_000_000, 2_010_000_000], schedule.Calls.Select(call => call.Intended.Nanoseconds));
        Assert.Equal((320, 192, 17, 4), (schedule.Calls[1].Width, schedule.Calls[1].Height, schedule.Calls[1].Frames, schedule.Calls[1].Steps));
        Assert.Equal("a dog", schedule.PromptOf(schedule.Calls[1]));
    }

    [Fact]
    public void Deadlines_of_request_lines_reach_the_calls()
    {
        var path = _files.Write("Request(timestamp=0.5, width=160, height=96, num_frames=9, num_inference_steps=8, prompt='a cat', seed=3, slo_ms=1500)\n");
        var call = Assert.Single(Scheduler.Build(Repository.Bind($"name: t\nworkload: {{ trace: {{ file: {path}, format: requests, shapes: trace }} }}\n"), new TargetDefaults("m")).Calls);
        Assert.Equal((160, 96, 9, 8, 3L, 1.5), (call.Width, call.Height, call.Frames, call.Steps, call.CallSeed, call.Deadline!.Value.Seconds));
    }

    [Fact]
    public void Column_by_number_serves_a_file_without_a_header()
    {
        var trace = TraceReader.Read(_files.Write("12,7\n13,9\n"), new TraceReading { Columns = TraceColumnMap.Parse("arrival=#1,unit=s,steps=#2", "--map") });
        Assert.Equal([(12_000_000_000, 7), (13_000_000_000, 9)], trace.Rows.Select(row => (row.ArrivalNs, row.Job!.Steps!.Value)));
    }

    [Fact]
    public void Columns_that_the_file_lacks_are_all_named()
    {
        var thrown = Assert.Throws<InputException>(() => TraceReader.Read(_files.Write("t,w\n0,1\n"), new TraceReading { Columns = TraceColumnMap.Parse("arrival=T,unit=s,width=W", "--map") }));
        Assert.Equal(["T", "W"], thrown.Problems.Select(problem => problem.Value));
        Assert.Equal("it has t, w", thrown.Problems[0].Fix);
    }

    [Theory]
    [InlineData("", "is not a list of field=column")]
    [InlineData("arrival", "is not a list of field=column")]
    [InlineData("arrival=a,arrival=b,unit=s", "is not a list of field=column, each field once")]
    [InlineData("arrival=a", "--map.unit is missing")]
    [InlineData("unit=s", "--map.arrival is missing")]
    [InlineData("arrival=a,unit=fortnights", "--map.unit = \"fortnights\" is not known; write ns or us or ms or s or min or timestamp")]
    [InlineData("arrival=a,unit=s,widht=w", "--map.widht is not a known field; did you mean width?")]
    [InlineData("arrival=a,unit=s,count=c,step=0s", "--map.step = \"0s\" is not a duration longer than 0")]
    public void Map_that_cannot_be_is_refused(string map, string told) =>
        Assert.Contains(told, Assert.Throws<InputException>(() => TraceColumnMap.Parse(map, "--map")).Message, StringComparison.Ordinal);

    [Fact]
    public void Mutated_maps_are_read_or_refused()
    {
        var sample = Repository.File("tests", "golden", "traces", "columns", "sample.csv");
        const string Map = "arrival=When (ms),unit=ms,tenant=Who,size=Pixels,prompt=Text";
        var past = 0;
        for (var i = 0; i < Mutations; i++)
        {
            var mutant = new Mutator((ulong)i).Mutate(Map);
            try
            {
                past += TraceReader.Read(sample, new TraceReading { Columns = TraceColumnMap.Parse(mutant, "--map"), MaxMalformedShare = 1 }).Rows.Count > 0 ? 1 : 0;
            }
            catch (InputException refusal)
            {
                // Past the parser: the map was understood, and the file has no such column.
                past += refusal.Problems[0].File == sample ? 1 : 0;
                Assert.All(refusal.Problems, problem => Assert.NotEmpty(problem.Message));
            }
        }

        Assert.InRange(past, Mutations / 10, Mutations);
    }

    [Theory]
    [InlineData("format: { columns: { arrival: a } }", "workload.trace.format.columns.unit is missing")]
    [InlineData("format: { column: { arrival: a } }", "workload.trace.format.columns is missing")]
    [InlineData("format: { columns: { arrival: a, unit: s } }, unit: ms", "workload.trace.unit stands beside format.columns")]
    [InlineData("unit: days", "workload.trace.unit = \"days\" is not known")]
    public void Scenario_with_a_bad_map_is_refused(string field, string told) =>
        Assert.Contains(told, Assert.Throws<InputException>(() => Repository.Bind($"name: t\nworkload: {{ trace: {{ file: {_files.Write("a\n1\n")}, {field} }} }}\n")).Message, StringComparison.Ordinal);
}
