using LoadLab.Core.Input;

namespace LoadLab.Workload.Tests;

public sealed class TraceUnitTests : IDisposable
{
    private readonly TraceFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("1.5", TraceUnit.Minutes, 90_000_000_000L)]
    [InlineData("1.5", TraceUnit.Seconds, 1_500_000_000L)]
    [InlineData("0.000001", TraceUnit.Milliseconds, 1L)]
    [InlineData("2.0005", TraceUnit.Microseconds, 2000L)]
    [InlineData("7", TraceUnit.Nanoseconds, 7L)]
    [InlineData("3200000000", TraceUnit.Seconds, 3_200_000_000_000_000_000L)]
    public void Time_is_read_in_its_unit(string text, TraceUnit unit, long nanoseconds) => Assert.Equal(nanoseconds, TraceTime.Parse(text, unit));

    [Theory]
    [InlineData("1e309", TraceUnit.Seconds)]
    [InlineData("3200000001", TraceUnit.Seconds)]
    [InlineData("79228162514264337593543950335", TraceUnit.Minutes)]
    [InlineData("-1", TraceUnit.Milliseconds)]
    [InlineData("NaN", TraceUnit.Milliseconds)]
    public void Time_out_of_bounds_is_none(string text, TraceUnit unit) => Assert.Null(TraceTime.Parse(text, unit));

    /// <summary>The Mooncake trace has 6.5 arrivals a second in steps of 3 s.</summary>
    [Fact]
    public void Mooncake_taken_for_seconds_is_warned_of_with_its_own_unit()
    {
        var path = _files.Write(string.Concat(Enumerable.Range(0, 200).Select(i => $"{{\"timestamp\": {i / 20 * 3000}, \"input_length\": 1, \"output_length\": 1, \"hash_ids\": [0]}}\n")));
        Assert.DoesNotContain(Warnings(path, new TraceReading()), warning => warning.Contains("implied rate", StringComparison.Ordinal));
        Assert.Contains(Warnings(path, new TraceReading { Unit = TraceUnit.Seconds }), warning => warning.Contains("640 a day: mooncake counts in milliseconds, which makes 7.41/s; leave out unit: s", StringComparison.Ordinal));
        Assert.Contains(Warnings(path, new TraceReading { Format = TraceFormat.GuideLlm }), warning => warning.Contains("is the time column in milliseconds? that makes 7.41/s; say unit: ms", StringComparison.Ordinal));
    }

    [Fact]
    public void GuideLlm_taken_for_milliseconds_is_warned_of_with_seconds()
    {
        var path = _files.Write(string.Concat(Enumerable.Range(0, 200).Select(i => $"{{\"timestamp\": {i * 0.2:0.0}, \"input_length\": 1, \"output_length\": 1}}\n")));
        Assert.Contains(Warnings(path, new TraceReading { Format = TraceFormat.Mooncake }), warning => warning.Contains("in a longer unit than taken, seconds? that makes 5.03/s; say unit: s", StringComparison.Ordinal));
        Assert.Empty(Warnings(path, new TraceReading { Format = TraceFormat.GuideLlm }));
    }

    [Fact]
    public void File_of_two_possible_units_must_be_named()
    {
        var path = _files.Write("{\"timestamp\": 0, \"input_length\": 1, \"output_length\": 1}\n");
        Assert.Contains("seconds (guidellm) or milliseconds (mooncake, aiperf): name its format", Assert.Throws<InputException>(() => TraceReader.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unit_replaces_that_of_the_format()
    {
        var trace = TraceReader.Read(_files.Write("arrival_s\n1\n2.5\n"), new TraceReading { Unit = TraceUnit.Milliseconds });
        Assert.Equal([1_000_000, 2_500_000], trace.Rows.Select(row => row.ArrivalNs));
    }

    private static IReadOnlyList<string> Warnings(string path, TraceReading reading) => TraceInspection.Of(TraceReader.Read(path, reading)).Warnings;
}
