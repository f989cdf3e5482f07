using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;

namespace LoadLab.Workload.Tests;

public sealed class TraceReaderTests : IDisposable
{
    private const string AzurePublic = """
        TIMESTAMP,ContextTokens,GeneratedTokens
        2023-11-16 18:15:46.6805900,374,44
        2023-11-16 18:15:50.9951690,396,109
        2023-11-16 18:15:51.2224671,879,55

        """;

    private const string AzureShared = """
        arrival_s,ContextTokens,GeneratedTokens
        0.0000000,374,44
        4.3145790,396,109
        4.5418771,879,55

        """;

    private const string GenTd26Public = """
        gmt_create,predict_type,predict_status,exec_time_seconds,groupId,prompt_length,negative_prompt_length,num_images_per_prompt,num_inference_steps,checkpoint_model_version_id,num_lora
        2024-11-15 16:57:50,TXT_2_IMG,SUCCEED,32.0,G0000,63.0,26.0,1.0,30.0,M0000,0
        2024-11-15 18:16:14,TXT_2_IMG,SUCCEED,43.0,G0001,93.0,,8.0,40.0,M0001,0

        """;

    private readonly TraceFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Azure_public_and_shared_columns_give_the_same_arrivals_with_every_digit()
    {
        var published = TraceReader.Read(_files.Write(AzurePublic));
        var shared = TraceReader.Read(_files.WriteGzip(AzureShared));
        Assert.Equal([0, 4_314_579_000, 4_541_877_100], published.Rows.Select(row => row.ArrivalNs));
        Assert.Equal(published.Rows.Select(row => row.ArrivalNs), shared.Rows.Select(row => row.ArrivalNs));
        Assert.Equal([2, 3, 4], shared.Rows.Select(row => row.Line));
        Assert.Equal((TraceFormat.AzureLlm, TraceFormat.AzureLlm), (published.Format, shared.Format));
        Assert.Equal(new DateTimeOffset(2023, 11, 16, 18, 15, 46, TimeSpan.Zero).AddTicks(6_805_900), published.Zero);
        Assert.False(published.HasJobs);
    }

    [Fact]
    public void GenTd26_keeps_steps_images_and_group()
    {
        var trace = TraceReader.Read(_files.Write(GenTd26Public));
        Assert.Equal(TraceFormat.GenTd26, trace.Format);
        Assert.Equal([0, 4704_000_000_000], trace.Rows.Select(row => row.ArrivalNs));
        Assert.Equal(("G0001", 40, 8), (trace.Rows[1].Job!.Tenant, trace.Rows[1].Job!.Steps, trace.Rows[1].Job!.Outputs));
    }

    [Fact]
    public void Own_columns_are_read_where_they_are()
    {
        var trace = TraceReader.Read(_files.Write("arrival_s,width,height,frames,steps,tier,tenant,model,prompt\n1.25,160,96,9,,vip,acme,m,\"a cat, asleep\"\n2,,,,,,,,\n"));
        Assert.Equal(TraceFormat.LoadLab, trace.Format);
        Assert.Equal(new TraceJob { Width = 160, Height = 96, Frames = 9, Tier = "vip", Tenant = "acme", Model = "m", Prompt = "a cat, asleep" }, trace.Rows[0].Job);
        Assert.Equal(new TraceJob(), trace.Rows[1].Job);
    }

    [Fact]
    public void Word_beyond_its_bound_is_a_malformed_row()
    {
        var trace = TraceReader.Read(_files.Write($"arrival_s,tenant,prompt\n1,{new string('a', 201)},x\n2,b,{new string('c', 4001)}\n3,b,c\n"), null, 0.7);
        Assert.Equal((1, 2), (trace.Rows.Count, trace.Malformed));
        Assert.Contains("tenant has 201 characters", trace.MalformedExamples[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Schedule_file_is_a_trace()
    {
        var options = Repository.Bind("name: s\nworkload: { duration: 10s, arrivals: [ { constant: { rate: 5/s } } ], jobs: [ { tier: vip, deadline: 5s, patience: { median: 9s } } ] }\n");
        var schedule = Scheduler.Build(options, new TargetDefaults("m", 160, 96, 9, 8));
        var path = _files.New("schedule.csv.gz");
        ScheduleFile.Write(path, schedule.Calls);

        var trace = TraceReader.Read(path);
        Assert.Equal(schedule.Calls.Select(call => call.Intended.Nanoseconds), trace.Rows.Select(row => row.ArrivalNs));
        Assert.Equal(schedule.Calls.Select(call => ((int?)call.Frames, call.Deadline, call.Patience, (long?)call.CallSeed)), trace.Rows.Select(row => (row.Job!.Frames, row.Job.Deadline, row.Job.Patience, row.Job.CallSeed)));
    }

    [Fact]
    public void Written_trace_reads_back_the_same()
    {
        var trace = TraceReader.Read(_files.Write(GenTd26Public));
        foreach (var name in new[] { "own.csv", "own.csv.gz" })
        {
            TraceWriter.Write(_files.New(name), trace);
            var back = TraceReader.Read(_files.New(name));
            Assert.Equal(TraceFormat.LoadLab, back.Format);
            Assert.Equal(trace.Rows.Select(row => (row.ArrivalNs, row.Job!.Tenant, row.Job.Steps)), back.Rows.Select(row => (row.ArrivalNs, row.Job!.Tenant, row.Job.Steps)));
        }
    }

    [Fact]
    public void Rows_out_of_order_are_sorted_stably_and_counted()
    {
        var trace = TraceReader.Read(_files.Write("arrival_s,tier\n1,a\n3,b\n2,c\n3,d\n2,e\n"));
        Assert.Equal(["a", "c", "e", "b", "d"], trace.Rows.Select(row => row.Job!.Tier));
        Assert.Equal(2, trace.OutOfOrder);
    }

    [Fact]
    public void Malformed_rows_are_counted_and_named()
    {
        var good = string.Concat(Enumerable.Range(0, 1000).Select(i => $"{i},8\n"));
        var trace = TraceReader.Read(_files.Write($"arrival_s,steps\n{good}x,8\n-1,8\n1,2,3\n\"1,8\n1,many\n,8\n1e99,8\n"));
        Assert.Equal(1000, trace.Rows.Count);
        Assert.Equal(7, trace.Malformed);
        Assert.Equal([1002, 1003, 1004, 1005, 1006], trace.MalformedExamples.Select(problem => problem.Line));
        Assert.Contains("steps = \"many\"", trace.MalformedExamples[4].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_malformed_rows_are_refused_with_the_first_of_them()
    {
        var path = _files.Write("arrival_s\n" + string.Concat(Enumerable.Range(0, 97).Select(i => $"{i}\n")) + "x\ny\nz\n");
        var thrown = Assert.Throws<InputException>(() => TraceReader.Read(path));
        Assert.Contains("3 of 100 rows are damaged (3.0%, allowed 1.0%)", thrown.Problems[0].Message, StringComparison.Ordinal);
        Assert.Equal([0, 99, 100, 101], thrown.Problems.Select(problem => problem.Line));
        Assert.Equal(3, TraceReader.Read(path, null, 0.03).Malformed);
    }

    [Theory]
    [InlineData("", "is not a header of a known trace")]
    [InlineData("\n\n", "is not a header of a known trace")]
    [InlineData("t_s,count\n0,2\n", "is not a header of a known trace")]
    [InlineData("arrival_s\n", "holds no rows")]
    [InlineData("arrival_s\nx\n", "1 of 1 rows are damaged")]
    public void File_without_arrivals_is_refused(string text, string told)
    {
        var thrown = Assert.Throws<InputException>(() => TraceReader.Read(_files.Write(text), null, 1));
        Assert.Contains(told, thrown.Problems[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Format_that_the_header_does_not_have_is_refused()
    {
        var thrown = Assert.Throws<InputException>(() => TraceReader.Read(_files.Write(AzureShared), TraceFormat.GenTd26));
        Assert.Contains("is not a header of gentd26", thrown.Problems[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_file_and_folder_are_refused()
    {
        Assert.Throws<InputException>(() => TraceReader.Read(_files.New("nowhere.csv")));
        Assert.Throws<InputException>(() => TraceReader.Read(Path.GetTempPath()));
        Assert.Throws<InputException>(() => TraceReader.Read(""));
    }

    [Fact]
    public void Damaged_gzip_is_refused()
    {
        var bytes = TraceFiles.Gzip(string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i * 7919 % 5003}\n").Prepend("arrival_s\n")));
        bytes[bytes.Length / 2] ^= 0xFF;
        Assert.Throws<InputException>(() => TraceReader.Read(_files.Write(bytes)));
    }

    [Fact]
    public void Truncated_gzip_is_refused()
    {
        var bytes = TraceFiles.Gzip(string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i * 7919 % 5003}\n").Prepend("arrival_s\n")));
        Assert.Throws<InputException>(() => TraceReader.Read(_files.Write(bytes[..(bytes.Length / 2)])));
    }

    [Fact]
    public void Line_beyond_the_bound_is_one_malformed_row()
    {
        var good = string.Concat(Enumerable.Range(0, 500).Select(i => $"{i}\n"));
        var trace = TraceReader.Read(_files.Write($"arrival_s\n{good}{new string('9', 200_000)}\n500\n"));
        Assert.Equal((501, 1), (trace.Rows.Count, trace.Malformed));
        Assert.Equal(503, trace.Rows[^1].Line);
    }

    [Fact]
    public void Byte_order_mark_carriage_returns_and_a_missing_last_end_are_taken()
    {
        var trace = TraceReader.Read(_files.Write("\uFEFFarrival_s,steps\r\n1,2\r\n3,4"));
        Assert.Equal([(1_000_000_000, 2), (3_000_000_000, 4)], trace.Rows.Select(row => (row.ArrivalNs, row.Job!.Steps!.Value)));
    }

    [Theory]
    [InlineData("1970-01-01 00:00:01", 1_000_000_000L)]
    [InlineData("1970-01-01T00:00:01.5Z", 1_500_000_000L)]
    [InlineData("1970-01-01 00:00:00.123456789", 123_456_789L)]
    [InlineData("1970-01-01 02:00:01.25+02:00", 1_250_000_000L)]
    [InlineData("1970-01-01 00:00:00.009930+00:00", 9_930_000L)]
    public void Timestamp_keeps_its_digits(string text, long nanoseconds) => Assert.Equal(nanoseconds, TraceTime.Timestamp(text));

    [Theory]
    [InlineData("")]
    [InlineData("2023-11-16")]
    [InlineData("2023-11-16 18:15:46.")]
    [InlineData("2023-11-16 18:15:46.1234567890")]
    [InlineData("2023-13-16 18:15:46")]
    [InlineData("2023-11-16 18:15:46 PM")]
    [InlineData("0001-01-01 00:00:00")]
    public void Text_that_is_no_timestamp_is_refused(string text) => Assert.Null(TraceTime.Timestamp(text));

    [Theory]
    [InlineData("0.1234567894", 123_456_789L)]
    [InlineData("1e3", 1_000_000_000_000L)]
    [InlineData("1209089.0", 1_209_089_000_000_000L)]
    public void Seconds_are_rounded_to_the_nanosecond(string text, long nanoseconds) => Assert.Equal(nanoseconds, TraceTime.Seconds(text));
}
