using LoadLab.Core.Input;
using LoadLab.Core.Tests;

namespace LoadLab.Workload.Tests;

public sealed class TraceOriginTests : IDisposable
{
    private const int Mutations = 2000;
    private readonly TraceFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Origin_is_told_by_an_inspection_and_survives_a_second_import()
    {
        var (first, second) = (_files.New("a.csv.gz"), _files.New("b.csv"));
        Import(TraceReader.Read(_files.Write("arrival_s\n3\n1\n")), first, "a fair", "CC0");
        Import(TraceReader.Read(first), second, null, null);
        var found = TraceInspection.Of(TraceReader.Read(second));
        Assert.Equal(("a fair", "CC0"), (found.Source, found.Licence));
        Assert.Equal(["1 rows out of order sorted in"], found.Transformations);
        Assert.Contains(("licence", "CC0"), found.Describe());
    }

    [Fact]
    public void File_changed_after_its_origin_is_warned_of()
    {
        var path = _files.New("a.csv");
        Import(TraceReader.Read(_files.Write("arrival_s\n1\n2\n")), path, null, null);
        File.AppendAllText(path, "3\n");
        Assert.Contains(TraceInspection.Of(TraceReader.Read(path)).Warnings, warning => warning.StartsWith("a.csv.json tells of 2 rows, the file holds 3", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"rows": 1e99, "malformed": 0, "transformations": [], "synthetic": false, "gaps": []}""")]
    [InlineData("""{"rows": -1, "malformed": 0, "transformations": [], "synthetic": false, "gaps": []}""")]
    [InlineData("""{"rows": 1, "malformed": 0, "transformations": {}, "synthetic": false, "gaps": []}""")]
    [InlineData("""{"rows": 1, "malformed": 0, "transformations": [], "synthetic": false, "gaps": [{"from_s": 1e300, "length_s": 1}]}""")]
    [InlineData("""{"rows": 1, "malformed": 0, "transformations": [], "synthetic": false, "gaps": [{"from_s": 1, "length_s": -1}]}""")]
    public void Damaged_origin_is_refused_by_name(string json)
    {
        var path = _files.Write("arrival_s\n1\n");
        File.WriteAllText(TraceOrigin.PathOf(path), json);
        Assert.EndsWith(".csv.json", Assert.Single(Assert.Throws<InputException>(() => TraceReader.Read(path)).Problems).File, StringComparison.Ordinal);
    }

    [Fact]
    public void Mutated_origins_are_read_or_refused()
    {
        var path = _files.Write("arrival_s\n1\n");
        var gap = new TraceGap(Core.Duration.Zero, new Core.Duration(5), "no row");
        var json = new TraceOrigin { Source = "a fair", Format = "servegen", Unit = "s", Rows = 1, Transformations = ["drawn"], Synthetic = true, Zero = DateTimeOffset.UnixEpoch, Gaps = [gap] }.ToJson();
        var read = 0;
        for (var i = 0; i < Mutations; i++)
        {
            File.WriteAllText(TraceOrigin.PathOf(path), new Mutator((ulong)i).Mutate(json));
            try
            {
                read += TraceInspection.Of(TraceReader.Read(path)).Rows;
            }
            catch (InputException refusal)
            {
                Assert.All(refusal.Problems, problem => Assert.NotEmpty(problem.Message));
            }
        }

        Assert.InRange(read, Mutations / 20, Mutations);
    }

    [Fact]
    public void Import_that_cannot_be_written_leaves_the_old_file_whole()
    {
        var path = _files.New("a.csv");
        File.WriteAllText(path, "old");
        Directory.CreateDirectory(path + ".tmp");
        Assert.ThrowsAny<Exception>(() => TraceWriter.Write(path, TraceReader.Read(_files.Write("arrival_s\n1\n"))));
        Assert.Equal("old", File.ReadAllText(path));
    }

    [Fact]
    public void Cut_of_an_imported_trace_is_no_change_of_its_file()
    {
        var path = _files.New("a.csv");
        Import(TraceReader.Read(_files.Write("arrival_s\n1\n2\n3\n")), path, null, null);
        var cut = TraceReader.Read(path).Cut((Core.Duration.FromSeconds(1), Core.Duration.FromSeconds(3)), 1, default);
        Assert.Equal([0, 1_000_000_000], cut.Rows.Select(row => row.ArrivalNs));
        Assert.Empty(TraceInspection.Of(cut).Warnings);
    }

    [Fact]
    public void Import_whose_origin_cannot_be_written_leaves_both_files_as_they_were()
    {
        var path = _files.New("a.csv");
        File.WriteAllText(path, "old");
        Directory.CreateDirectory(TraceOrigin.PathOf(path) + ".tmp");
        Assert.ThrowsAny<Exception>(() => Import(TraceReader.Read(_files.Write("arrival_s\n1\n")), path, null, null));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.False(File.Exists(TraceOrigin.PathOf(path)));
    }

    private static void Import(Trace trace, string path, string? source, string? licence) => TraceWriter.Write(path, trace, TraceOrigin.Of(trace, source, licence));
}
