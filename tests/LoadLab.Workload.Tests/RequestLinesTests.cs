using System.Text;
using LoadLab.Core;

namespace LoadLab.Workload.Tests;

public sealed class RequestLinesTests(ITestOutputHelper output)
{
    private const int Lines = 10_000;

    /// <summary>Far above what the fields of a line of 64 KiB take; far below what an unbounded parser would.</summary>
    private const long MostBytes = 8 << 20;

    private static readonly string[] s_pieces =
    [
        "Request(", ")", ",", "=", "timestamp=1.5", "width=832", "prompt='a cat'", "prompt=\"it's\"", "[", "]", "(", "'", "\"", "\\", "\\x", "\\x4", "\\u00e9", "\\ud800", "\\U0001F600", "\\U00110000", "\\N{DASH}",
        "None", "True", "False", "nan", "-inf", "1e309", "-0.0", "0x10", "1_000", "99999999999999999999999999999999999999", "\0", "\u2028", "\uFEFF", " ", "\t", "lambda: 0", "__import__('os')", "{'a': 1}", "f'{x}'", "b'x'",
    ];

    [Theory]
    [InlineData("Request()", "")]
    [InlineData(" Request( a = 1 , b=-2.5e3,c=.5,) ", "a=1 b=-2.5e3 c=.5")]
    [InlineData("Request(a='x', b=\"y\", c=None, d=True, e=False)", "a=x b=y c= d=true e=false")]
    [InlineData(@"Request(a='\'\""\\\n\t\x41\u00e9\q')", "a='\"\\\n\tA\u00e9\\q")]
    [InlineData("Request(a='\\ud800')", "a=\uFFFD")]
    [InlineData("Request(a=[], b=[1, 'x]', [None, (True,)], ], c=())", "a= b= c=")]
    [InlineData("Request(a=99999999999999999999999999, b=1e309)", "a=99999999999999999999999999 b=1e309")]
    [InlineData("Request(a=1, a=2)", "a=2")]
    public void Line_of_plain_values_is_taken_apart(string line, string expected)
    {
        var (fault, row) = Split(line);
        Assert.Null(fault);
        Assert.Equal(expected, string.Join(' ', row.Names.Select(name => $"{name}={row.Text(name)}")));
    }

    [Theory]
    [InlineData("Request")]
    [InlineData("Request(")]
    [InlineData("Request(1)")]
    [InlineData("Request(a)")]
    [InlineData("Request(a=)")]
    [InlineData("Request(a=1 b=2)")]
    [InlineData("Request(,a=1)")]
    [InlineData("Request(a=1,,b=2)")]
    [InlineData("Request(a=1))")]
    [InlineData("Request(a=1) Request(b=2)")]
    [InlineData("Request(a='x)")]
    [InlineData(@"Request(a='x\")]
    [InlineData(@"Request(a='\x4')")]
    [InlineData(@"Request(a='\U00110000')")]
    [InlineData(@"Request(a='\N{DASH}')")]
    [InlineData("Request(a=[1,)")]
    [InlineData("Request(a=[1 2])")]
    [InlineData("Request(a=[,])")]
    [InlineData("Request(a=nan)")]
    [InlineData("Request(a=1_000)")]
    [InlineData("Request(a=0x10)")]
    [InlineData("Request(a=1+1)")]
    [InlineData("Request(a={'b': 1})")]
    [InlineData("Request(a=f'{x}')")]
    [InlineData("Request(a=open('/etc/passwd'))")]
    [InlineData("Request(a=[].__class__)")]
    public void Line_of_anything_else_is_refused(string line) => Assert.NotNull(Split(line).Fault);

    [Fact]
    public void Depth_and_counts_are_bounded()
    {
        Assert.Null(Split($"Request(a={new string('[', 8)}{new string(']', 8)})").Fault);
        Assert.NotNull(Split($"Request(a={new string('[', 10)}{new string(']', 10)})").Fault);
        Assert.NotNull(Split($"Request(a={new string('[', 60_000)})").Fault);
        Assert.NotNull(Split($"Request(a=[{string.Join(',', Enumerable.Repeat("1", 5000))}])").Fault);
        Assert.NotNull(Split($"Request({string.Join(',', Enumerable.Range(0, 65).Select(i => $"a{i}=1"))})").Fault);
        Assert.NotNull(Split($"Request(a={new string('9', 60_000)})").Fault);
    }

    [Fact]
    public void Random_pieces_are_read_or_refused_within_their_bounds()
    {
        var (read, begun) = (0, 0);
        for (var i = 0; i < Lines; i++)
        {
            var line = Line(new RandomStream(new Seed((ulong)i)));
            var before = GC.GetAllocatedBytesForCurrentThread();
            var (fault, _) = Split(line);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MostBytes, $"line {i} took too much memory");
            read += fault is null ? 1 : 0;
            begun += fault is null || !fault.StartsWith("does not begin", StringComparison.Ordinal) ? 1 : 0;
        }

        output.WriteLine($"{begun} of {Lines} lines get past their opening, {read} are read");
        Assert.True(begun >= Lines / 2);
        Assert.True(read >= Lines / 20);
    }

    /// <summary>Fields of valid and hostile pieces, now and then thousands of one piece.</summary>
    private static string Line(RandomStream random)
    {
        var line = new StringBuilder(random.NextInt(10) == 0 ? "" : "Request(timestamp=1");
        for (var n = random.NextInt(5); n > 0; n--)
        {
            line.Append(random.NextInt(3) == 0 ? "" : $", a{n}=");
            var piece = s_pieces[random.NextInt(s_pieces.Length)];
            line.Insert(line.Length, piece, random.NextInt(50) == 0 ? 60_000 / piece.Length : 1);
        }

        return line.Append(random.NextInt(10) == 0 ? "" : ")").ToString();
    }

    private static (string? Fault, TraceFields Row) Split(string line)
    {
        var syntax = new RequestLines();
        var row = new TraceFields(syntax);
        return (syntax.Split(line, row), row);
    }
}
