using System.Globalization;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;

namespace LoadLab.Core.Tests;

public sealed class CsvTableTests(ITestOutputHelper output)
{
    private const int Mutations = 10_000;

    [Theory]
    [InlineData("a,b,c")]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("\"a,b\",\"he said \"\"no\"\"\"")]
    public void Line_written_from_split_fields_is_the_same(string line)
    {
        Assert.Equal(line + "\n", Csv.Line([.. Csv.Split(line)!]));
    }

    [Theory]
    [InlineData("\"a")]
    [InlineData("\"a\"b,c")]
    [InlineData("a,\"b\"\"")]
    public void Broken_quotes_are_told(string line) => Assert.Null(Csv.Split(line));

    [Theory]
    [InlineData(0.1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e-300)]
    [InlineData(123456789.12345678)]
    public void Double_reads_back_the_same(double value)
    {
        Assert.Equal(value, CsvTable.Parse($"v\n{Csv.Text(value)}\n", "f").Rows.First().Number("v"));
    }

    [Theory]
    [InlineData("0.000000001", 1)]
    [InlineData("-1.500000000", -1_500_000_000)]
    [InlineData("1209089.123456789", 1_209_089_123_456_789)]
    public void Time_reads_back_to_the_nanosecond(string text, long nanoseconds)
    {
        var row = CsvTable.Parse($"v\n{text}\n", "f").Rows.First();
        Assert.Equal(new Instant(nanoseconds), row.At("v"));
        Assert.Equal(text, row.At("v").ToString());
    }

    [Fact]
    public void Torn_last_row_is_left_out_and_told()
    {
        var table = CsvTable.Parse("a,b\n1,2\n3,", "f");
        Assert.True(table.Torn);
        Assert.Single(table.Rows);
    }

    [Fact]
    public void Absent_column_reads_as_absent()
    {
        var row = CsvTable.Parse("a\n1\n", "f").Rows.First();
        Assert.Equal("", row.Text("b"));
        Assert.Null(row.Integer("b"));
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("a,b", 1)]
    [InlineData("a,\"b\n1,2\n", 1)]
    [InlineData("a,b\n1,2\n1\n", 3)]
    [InlineData("a,b\n1,2,3\n", 2)]
    [InlineData("a,b\n1,\"2\n", 2)]
    public void Damaged_table_is_refused_with_its_line(string text, int line)
    {
        Assert.Equal(line, Assert.Single(Assert.Throws<InputException>(() => CsvTable.Parse(text, "f").Rows.Count()).Problems).Line);
    }

    [Fact]
    public void Missing_column_is_refused_by_name()
    {
        Assert.Equal("b", Assert.Single(Assert.Throws<InputException>(() => CsvTable.Parse("a\n1\n", "f", "a", "b")).Problems).Field);
    }

    [Theory]
    [InlineData("99999999999")]
    [InlineData("-99999999999")]
    public void Number_beyond_its_column_is_refused(string frames)
    {
        var text = $"index,intended_ns,frames,prompt_hash\n0,5,{frames},\n";
        Assert.Equal("frames", Assert.Single(Assert.Throws<InputException>(() => ScheduleFile.Parse(text, "f")).Problems).Field);
    }

    [Theory]
    [InlineData("0,5,\n0,6,\n", "index")]
    [InlineData("0,5,\n2,6,\n", "index")]
    [InlineData("0,5,\n1,4,\n", "intended_ns")]
    public void Schedule_out_of_order_is_refused(string rows, string field)
    {
        var thrown = Assert.Throws<InputException>(() => ScheduleFile.Parse("index,intended_ns,prompt_hash\n" + rows, "f"));
        Assert.Equal((3, field), (Assert.Single(thrown.Problems).Line, thrown.Problems[0].Field));
    }

    /// <summary>10,000 damaged files of run folders: rows or an <see cref="InputException"/>, nothing else, and at least half get past the header and the first row.</summary>
    [Fact]
    public void Mutated_files_give_rows_or_a_problem()
    {
        var files = new (string Text, Func<string, int> Parse)[]
        {
            (Schedule(), mutant => ScheduleFile.Parse(mutant, "f").Count),
            (Calls(), mutant => CallsFile.Parse(mutant, "f").Sum(call => call.Latency is null ? 1 : 2)),
            (Samples(), mutant => SamplesFile.Parse(mutant, "f").Count),
        };
        var past = 0;
        for (var i = 0; i < Mutations; i++)
        {
            var (text, parse) = files[i % files.Length];
            var mutant = new Mutator((ulong)i).Mutate(text);
            try
            {
                parse(mutant);
                past++;
            }
            catch (InputException e)
            {
                // Past the first checks: the header was accepted and rows were read before the fault.
                past += e.Problems[0].Line > 2 ? 1 : 0;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                throw new InvalidOperationException($"mutant {i}:\n{mutant}", e);
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{past / (double)Mutations:0.0%} of {Mutations} mutated CSV files get past the header and the first row"));
        Assert.True(past >= Mutations / 2);
    }

    private static string Schedule() => ScheduleHeader + string.Concat(Enumerable.Range(0, 20).Select(i => $"{i},{i * 1_000_000_007L},acme,free,nano,160,96,9,8,4.5,high,{i * 7},5000000000,90000000000,85944171f73967e8\n"));

    private const string ScheduleHeader = "index,intended_ns,tenant,tier,model,width,height,frames,steps,guidance,quality,call_seed,deadline_ns,patience_ns,prompt_hash\n";

    private static string Calls() => CallsFile.Header + string.Concat(Enumerable.Range(0, 20).Select(i => CallsFile.Line(Records.Call(i))));

    private static string Samples() => "t_s,source,metric,unit,value\n" + string.Concat(Enumerable.Range(0, 20).Select(i => $"{i}.000000000,host,cpu.util,share,0.{i}\n"));
}
