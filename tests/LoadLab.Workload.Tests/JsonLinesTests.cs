namespace LoadLab.Workload.Tests;

public sealed class JsonLinesTests
{
    [Theory]
    [InlineData("{}", "")]
    [InlineData("""{"a": 1, "b": "x", "c": null, "d": true, "e": -0.10e3}""", "a=1 b=x c= d=true e=-0.10e3")]
    [InlineData("""{"a": {"b": {"c": 1}}, "d": [1, [2], {"e": 3}, {"e": 4}]}""", "a.b.c=1 d= d.e=4")]
    [InlineData("""{"a": 1, "a": 2}""", "a=2")]
    [InlineData("""{"a": 123456789012345678901234567890, "b": 1e309}""", "a=123456789012345678901234567890 b=1e309")]
    [InlineData("""{"a": "\u00e9\ud83d\ude00\n"}""", "a=\u00e9\U0001F600\n")]
    public void Object_is_taken_apart(string line, string expected)
    {
        var (fault, row) = Split(line);
        Assert.Null(fault);
        Assert.Equal(expected, string.Join(' ', row.Names.Select(name => $"{name}={row.Text(name)}")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("{\"a\": 1,}")]
    [InlineData("{\"a\": 01}")]
    [InlineData("{\"a\": NaN}")]
    [InlineData("{'a': 1}")]
    [InlineData("""{"a": "\ud800"}""")]
    [InlineData("""{"\ud800": 1}""")]
    public void Anything_else_is_refused(string line) => Assert.NotNull(Split(line).Fault);

    [Fact]
    public void Depth_names_and_count_are_bounded()
    {
        Assert.NotNull(Split(string.Concat(Enumerable.Repeat("{\"a\":", 20)) + "1" + new string('}', 20)).Fault);
        Assert.NotNull(Split($"{{\"a\": {new string('[', 60_000)}").Fault);
        Assert.NotNull(Split($"{{\"{new string('a', 201)}\": 1}}").Fault);
        Assert.NotNull(Split($"{{{string.Join(',', Enumerable.Range(0, 513).Select(i => $"\"a{i}\": 1"))}}}").Fault);
    }

    /// <summary>A long name before thousands of short ones would be written out thousands of times.</summary>
    [Fact]
    public void Line_of_many_long_names_takes_little_memory()
    {
        var line = $"{{\"{new string('a', 190)}\": {{{string.Join(',', Enumerable.Repeat("\"b\":1", 9000))}}}}}";
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.NotNull(Split(line).Fault);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 2 << 20);
    }

    private static (string? Fault, TraceFields Row) Split(string line)
    {
        var syntax = new JsonLines();
        var row = new TraceFields(syntax);
        return (syntax.Split(line, row), row);
    }
}
