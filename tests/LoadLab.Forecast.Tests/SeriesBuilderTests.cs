using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;

namespace LoadLab.Forecast.Tests;

public class SeriesBuilderTests(ITestOutputHelper output)
{
    private static readonly Duration s_second = Duration.FromSeconds(1);

    private static CallRecord Call(int index, double at) =>
        new() { Call = index, Intended = Instant.FromSeconds(at), Outcome = Outcome.Completed };

    private static string Temporary(string text)
    {
        var path = Path.Combine(Path.GetTempPath(), $"loadlab-series-{Guid.NewGuid():N}.csv");
        File.WriteAllText(path, text);
        return path;
    }

    [Fact]
    public void Arrivals_are_counted_by_intended_time_in_whole_steps()
    {
        var calls = new[] { 0, 0.2, 0.999999999, 1.0, 3.1, 3.9, 4.05 }.Select((at, index) => Call(index, at));
        Assert.Equal([3, 1, 0, 2], SeriesBuilder.Arrivals(calls, s_second).Values);
        var longer = SeriesBuilder.Arrivals(calls, Duration.FromSeconds(2), Duration.FromSeconds(7));
        Assert.Equal([2, 1, 0.5], longer.Values);
        Assert.Equal([0, 2, 4], longer.TimesSeconds);
    }

    [Fact]
    public void Samples_are_averaged_per_step_and_a_silent_step_is_a_gap()
    {
        Sample At(double t, double value, string source = "host") => new(Instant.FromSeconds(t), source, "cpu.util", "share", value);
        var series = SeriesBuilder.Samples([At(1.1, 0.2), At(1.9, 0.4), At(1.5, 9, "gpu0"), At(3.5, 1)], "host", "cpu.util", s_second);
        Assert.Equal([1, 2, 3], series.TimesSeconds);
        Assert.Equal(0.3, series.Values[0], 12);
        Assert.True(double.IsNaN(series.Values[1]));
        Assert.Equal(("host/cpu.util", "share"), (series.Name, series.Unit));
    }

    [Fact]
    public void A_csv_is_read_on_its_own_grid_with_its_gaps()
    {
        var path = Temporary("t_s,value\n0.1,1\n0.2,\n0.3,3\n0.5,5");
        var series = SeriesCsv.Read(path);
        Assert.Equal(5, series.Count);
        Assert.Equal([1, double.NaN, 3, double.NaN, 5], series.Values);
        Assert.Equal(3, SeriesCsv.Read(path, Duration.FromSeconds(0.2)).Count);
        File.Delete(path);
    }

    [Fact]
    public void Every_bad_row_of_a_csv_is_named_with_its_line()
    {
        var path = Temporary("t_s,value\n0,1\nx,2\n1,abc\n0.5,1\n0.5,2\n1e300,4\n2,Infinity\n");
        var problems = Assert.Throws<InputException>(() => SeriesCsv.Read(path)).Problems;
        Assert.Equal([3, 4, 6, 7, 8], problems.Select(problem => problem.Line));
        File.Delete(path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("t_s,value\n")]
    [InlineData("t_s,value\n1,2\n")]
    [InlineData("time,value\n1,2\n2,3\n")]
    [InlineData("t_s,value\n0,1\n1e-300,1\n2e-300,1\n1e9,2\n")]
    public void A_csv_that_makes_no_series_is_refused(string text)
    {
        var path = Temporary(text);
        Assert.Throws<InputException>(() => SeriesCsv.Read(path));
        File.Delete(path);
    }

    [Fact]
    public void Ten_thousand_mutated_files_are_read_or_refused_and_never_crash()
    {
        const int Mutants = 10_000;
        const string Alphabet = "0123456789\n,.-+eE x\"\0";
        const string Header = "t_s,value\n";
        var valid = Header + string.Concat(Enumerable.Range(0, 20).Select(t => $"{t}.5,{t * 3}\n"));
        var draw = new Seed(3).Stream("mutations");
        var (read, past) = (0, 0);
        for (var i = 0; i < Mutants; i++)
        {
            var text = valid.ToCharArray();
            for (var k = draw.NextInt(2); k >= 0; k--)
            {
                // One in eight hits the header; the rest get past it to the rows.
                var from = draw.NextInt(8) == 0 ? 0 : Header.Length;
                text[from + draw.NextInt(text.Length - from)] = Alphabet[draw.NextInt(Alphabet.Length)];
            }

            past += new string(text).StartsWith(Header, StringComparison.Ordinal) ? 1 : 0;
            try
            {
                Assert.InRange(SeriesCsv.Parse(new string(text), "mutant.csv", null).Count, 1, SeriesBuilder.MaxCount);
                read++;
            }
            catch (InputException refused)
            {
                Assert.All(refused.Problems, problem => Assert.Equal("mutant.csv", problem.File));
            }
        }

        output.WriteLine($"{Mutants} mutants: {past} past the header, {read} read, {Mutants - read} refused");
        Assert.InRange(past, Mutants / 2, Mutants);
        Assert.InRange(read, Mutants / 10, Mutants);
    }

    [Fact]
    public void A_series_that_a_run_lacks_is_refused_with_the_names_it_has()
    {
        var root = Directory.CreateTempSubdirectory("loadlab-forecast");
        var folder = RunFolder.Create(root.FullName, "one", DateTimeOffset.UnixEpoch);
        folder.Write(new RunManifest
        {
            Scenario = "one", Status = "running", Evidence = "real", Planned = 2, ScheduleSha256 = "", Seed = 1, ScenarioText = "", Parts = "", Version = "", Machine = "", Device = "",
        });
        using (var calls = new CallsWriter(folder.File(CallsFile.Name)))
        {
            calls.Write(Call(0, 0.5));
            calls.Write(Call(1, 2.5));
        }

        using (var samples = new SamplesWriter(folder.File(SamplesFile.Name)))
        {
            samples.Write([new Sample(Instant.FromSeconds(1), "host", "cpu.util", "share", 0.5)]);
        }

        Assert.Equal([1, 0], SeriesBuilder.FromRun(folder, "arrivals", s_second).Values);
        Assert.Equal([0.5], SeriesBuilder.FromRun(folder, "host/cpu.util", s_second).Values);
        var problem = Assert.Throws<InputException>(() => SeriesBuilder.FromRun(folder, "host/cpu", s_second)).Problems[0];
        Assert.Contains("arrivals, host/cpu.util", problem.Fix, StringComparison.Ordinal);
        root.Delete(recursive: true);
    }
}
