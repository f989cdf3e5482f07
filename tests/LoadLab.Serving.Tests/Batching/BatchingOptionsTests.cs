using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Serving.Batching;

namespace LoadLab.Serving.Tests.Batching;

public class BatchingOptionsTests
{
    [Fact]
    public void Absent_section_runs_one_job_a_batch()
    {
        var options = Good("{}");
        Assert.Equal((BatchingKind.None, 1, null), (options.Kind, options.MaxBatch, options.Memory));
        Assert.IsType<NoBatching>(options.Create());
    }

    [Fact]
    public void Empty_section_gathers_four_for_200_ms()
    {
        var options = Good("batching: {}");
        Assert.Equal((BatchingKind.Window, 4, Duration.FromMilliseconds(200), null), (options.Kind, options.MaxBatch, options.Window, options.Memory));
        Assert.IsType<WindowBatching>(options.Create());
    }

    [Fact]
    public void Window_is_read()
    {
        var options = Good("batching: { window: 50ms, maxBatch: 3, memoryReserve: 64MiB }");
        Assert.Equal((BatchingKind.Window, 3, Duration.FromMilliseconds(50)), (options.Kind, options.MaxBatch, options.Window));
        Assert.Equal(new BatchMemory { ReserveBytes = 64 << 20 }, options.Memory); // the host knows its model's law
    }

    [Fact]
    public void Triton_is_read()
    {
        var options = Good("batching: { policy: triton, maxBatch: 8, delay: 10s, preferred: [2, 6], maxQueue: 9, queueTimeout: 5s, onTimeout: delay, perVideo: 20GiB, memoryReserve: 4GiB }");
        Assert.Equal(
            (BatchingKind.Triton, 8, Duration.FromSeconds(10), 9, Duration.FromSeconds(5), true),
            (options.Kind, options.MaxBatch, options.Delay, options.MaxQueue, options.QueueTimeout, options.TimeoutDelays));
        Assert.Equal([2, 6], options.Preferred);
        Assert.Equal(new BatchMemory { ReserveBytes = 4L << 30, PerVideoBytes = 20L << 30 }, options.Memory);
        Assert.IsType<TritonBatching>(options.Create());
    }

    [Fact]
    public void Triton_without_more_has_its_defaults()
    {
        var options = Good("batching: { policy: triton, bytesPerPixel: 1234.5 }");
        Assert.Equal((4, Duration.Zero, 0, null, false), (options.MaxBatch, options.Delay, options.MaxQueue, options.QueueTimeout, options.TimeoutDelays));
        Assert.Empty(options.Preferred);
        Assert.Equal(new BatchMemory { BytesPerPixel = 1234.5 }, options.Memory);
    }

    [Fact]
    public void One_preferred_size_needs_no_list() => Assert.Equal([4], Good("batching: { policy: triton, preferred: 4 }").Preferred);

    [Theory]
    [InlineData("policy: none, maxBatch: 4", "maxBatch", "window or triton")]
    [InlineData("policy: none, memoryReserve: 1GiB", "memoryReserve", "window or triton")]
    [InlineData("delay: 10s", "delay", "policy: triton")]
    [InlineData("preferred: [2]", "preferred", "policy: triton")]
    [InlineData("policy: window, onTimeout: delay", "onTimeout", "policy: triton")]
    [InlineData("policy: triton, window: 200ms", "window", "policy: window")]
    public void Field_of_another_policy_is_refused(string fields, string field, string fix)
    {
        var problem = Assert.Single(Bad($"batching: {{ {fields} }}"));
        Assert.Equal($"serving.batching.{field}", problem.Field);
        Assert.Contains("is not a field of policy", problem.Message, StringComparison.Ordinal);
        Assert.Contains(fix, problem.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("policy: trition, delay: 1s", "policy")]
    [InlineData("window: soon", "window")]
    [InlineData("windov: 200ms", "windov")]
    [InlineData("maxBatch: 0", "maxBatch")]
    [InlineData("maxBatch: 99999999", "maxBatch")]
    [InlineData("perVideo: 0B", "perVideo")]
    [InlineData("bytesPerPixel: 0", "bytesPerPixel")]
    [InlineData("bytesPerPixel: -3", "bytesPerPixel")]
    [InlineData("memoryReserve: -1GiB", "memoryReserve")]
    [InlineData("perVideo: 20GiB, bytesPerPixel: 1234", "bytesPerPixel")]
    [InlineData("policy: triton, delay: -1s", "delay")]
    [InlineData("policy: triton, maxBatch: 4, preferred: [2, 6]", "preferred[1]")]
    [InlineData("policy: triton, preferred: [2, 2]", "preferred[1]")]
    [InlineData("policy: triton, preferred: [3, 2]", "preferred[1]")]
    [InlineData("policy: triton, preferred: [0]", "preferred[0]")]
    [InlineData("policy: triton, preferred: [[2]]", "preferred[0]")]
    [InlineData("policy: triton, maxQueue: -1", "maxQueue")]
    [InlineData("policy: triton, queueTimeout: 0s", "queueTimeout")]
    [InlineData("policy: triton, queueTimeout: 5s, onTimeout: wait", "onTimeout")]
    [InlineData("policy: triton, onTimeout: delay", "onTimeout")]
    public void Mistake_is_told_once_by_its_field(string fields, string field) =>
        Assert.Equal($"serving.batching.{field}", Assert.Single(Bad($"batching: {{ {fields} }}")).Field);

    private static BatchingOptions Good(string yaml)
    {
        var (options, problems) = Bind(yaml);
        Assert.Empty(problems);
        return options;
    }

    private static IReadOnlyList<Problem> Bad(string yaml) => Bind(yaml).Problems;

    private static (BatchingOptions Options, IReadOnlyList<Problem> Problems) Bind(string yaml)
    {
        var problems = new Problems();
        var serving = Section.Open(YamlDocument.ReadText(yaml, "scenario.yaml", problems)!, "serving", problems)!;
        return (BatchingOptions.Bind(serving), problems.All);
    }
}
