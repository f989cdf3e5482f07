using System.Globalization;
using LoadLab.Serving.Profiles;

namespace LoadLab.Planning.Tests.Published;

/// <summary>The shipped tables hold the published figures, and nothing else: tests/golden/published has them with their sources.</summary>
public sealed class ShippedTableTests
{
    public static TheoryData<string> Files => [.. Directory.GetFiles(Checkout.At("Scenarios", "profiles")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    /// <summary>LOADLAB_UPDATE_GOLDEN=1 rewrites the files.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void Shipped_profile_is_written_as_the_program_writes_it(string file)
    {
        var path = Checkout.At("Scenarios", "profiles", file);
        var written = ProfileFile.ToBytes(ProfileFile.Read(path));
        if (Environment.GetEnvironmentVariable("LOADLAB_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllBytes(path, written);
        }

        Assert.Equal(written, File.ReadAllBytes(path));
    }

    [Fact]
    public void Wan22_table_holds_every_published_time_and_peak()
    {
        var rows = Rows("wan22");
        Assert.Equal(42, rows.Count);
        Assert.Equal(
            rows.Select(row => (row["gpu"], row["model"], row["size"], row["gpus"], Number(row["seconds"]), Number(row["peak_gb"]))).Order(),
            Table("wan22-published").Services.Select(entry => (entry.Gpu, entry.Model, $"{entry.Width}x{entry.Height}", $"{entry.Gpus}", entry.Whole.MeanS, Math.Round(entry.PeakBytes!.Value / 1e9, 4))).Order());
    }

    [Fact]
    public void Energy_rows_hold_every_published_time_and_energy()
    {
        var rows = Rows("ml-energy");
        Assert.Equal(
            rows.Select(row => (row["gpu"], row["model"], row["size"], row["gpus"], row["batch"], Number(row["seconds"]), row["energy_j"].Length == 0 ? 0 : Number(row["energy_j"]))).Order(),
            Table("mlenergy-v3").Services.Select(entry => (entry.Gpu, entry.Model, $"{entry.Width}x{entry.Height}", $"{entry.Gpus}", $"{entry.Batch}", entry.Whole.MeanS, entry.EnergyJ ?? 0)).Order());
    }

    [Fact]
    public void Few_step_profile_holds_every_published_time()
    {
        var rows = Rows("fastwan");
        Assert.Equal(
            rows.Select(row => (row["gpu"], row["model"], row["size"], row["steps"], Number(row["seconds"]))).Order(),
            Table("fastwan-h200-denoise").Services.Select(entry => (entry.Gpu, entry.Model, $"{entry.Width}x{entry.Height}", $"{entry.Steps}", entry.Whole.MeanS)).Order());
        Assert.All(Table("fastwan-h200-denoise").Services, entry => Assert.Equal(entry.Steps == 50, entry.Guided));
    }

    /// <summary>The same figure stands in the table and in the profiles of one kind.</summary>
    [Theory]
    [InlineData("wan2.2-t2v-a14b-h100-1gpu", "h100", 1)]
    [InlineData("wan2.2-t2v-a14b-h100-8gpu", "h100", 8)]
    [InlineData("wan2.2-t2v-a14b-a100-1gpu", "a100", 1)]
    [InlineData("wan2.2-t2v-a14b-h20-1gpu", "h20", 1)]
    [InlineData("wan2.2-ti2v-5b-4090-1gpu", "4090", 1)]
    public void Profile_of_one_kind_is_the_part_of_the_table(string name, string gpu, int gpus)
    {
        var (alone, part) = (Table(name), Table("wan22-published").For(gpu, gpus)!);
        Assert.All(alone.Services, entry => Assert.Equal(entry.Whole.MeanS, part.Find(entry.Model, entry.Shape, 1)!.Whole.MeanS));
        if (alone.Memory is { } memory)
        {
            Assert.All(alone.Services, entry => Assert.Equal(1, part.Memory!.BytesOf(entry.Shape, 1) / memory.BytesOf(entry.Shape, 1), 0.005));
        }
    }

    /// <summary>One size says nothing of the other sizes' memory.</summary>
    [Fact]
    public void Memory_of_a_kind_with_one_size_is_not_known() => Assert.Null(Table("wan22-published").For("4090", 1)!.Memory);

    [Theory]
    [InlineData("article-pair", "T(2) = 1.10 T(1)")]
    [InlineData("article-batch4", "T(2) = 1.25 T(1), T(3) = 1.50 T(1), T(4) = 1.75 T(1)")]
    [InlineData("article-batch4-unit", "T(2) = 1.62 T(1), T(3) = 2.23 T(1), T(4) = 2.85 T(1)")]
    [InlineData("mlenergy-measured", "T(2) = 2.06 T(1), T(4) = 4.11 T(1)")]
    [InlineData("measured", "T(2) = 2.06 T(1); or T(2) = 2.06 T(1), T(3) = 3.09 T(1), T(4) = 4.11 T(1)")]
    [InlineData("wan22-published", "T(b) = b T(1), assumed: no batch is known")]
    public void Profile_names_the_law_of_its_batches(string name, string law) => Assert.Equal(law, BatchLaw.Of(Table(name)));

    internal static ServiceProfile Table(string name) => ProfileFile.Read(Checkout.At("Scenarios", "profiles", name + ".yaml"));

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>Only the last column, the source, has commas.</summary>
    private static List<Dictionary<string, string>> Rows(string name)
    {
        var lines = File.ReadAllLines(Checkout.At("tests", "golden", "published", name + ".csv"));
        var head = lines[0].Split(',');
        return [.. lines.Skip(1).Select(line => head.Zip(line.Split(',', head.Length)).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal))];
    }
}
