using LoadLab.Model.Diffusion;
using LoadLab.Model.Safetensors;
using LoadLab.Model.Weights;

namespace LoadLab.Model.Tests.Safetensors;

public sealed class WeightTests
{
    [Fact]
    public void Configuration_that_does_not_match_names_every_tensor_with_both_shapes()
    {
        using var folder = new TemporaryFolder();
        Write(folder.File("a.safetensors"), ("x.weight", [2, 3], new float[6]), ("y", [4], new float[4]));
        using var store = WeightStore.Open(folder.File("a.safetensors"));
        var refusal = Assert.Throws<WeightsException>(() => store.View().Require(
            [TensorSpec.Matrix("x.weight", 3, 2), TensorSpec.Bias("y", 4), TensorSpec.Bias("z", 5)]));
        Assert.Equal(2, refusal.Problems.Count);
        Assert.Contains("'x.weight': expected shape [3, 2], found [2, 3]", refusal.Problems[0], StringComparison.Ordinal);
        Assert.Contains("'z': expected shape [5], found no such tensor", refusal.Problems[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Network_of_other_dimensions_is_refused_before_anything_is_allocated()
    {
        using var folder = new TemporaryFolder();
        Write(folder.File("a.safetensors"), ("patch_embedding.weight", [8, 4, 1, 2, 2], new float[128]));
        using var store = WeightStore.Open(folder.File("a.safetensors"));
        using var backend = TestBackend.Create();
        var config = new DitConfig { Dim = 3072, FfnDim = 14336, Heads = 24, Layers = 30, InChannels = 48, OutChannels = 48, TextDim = 4096 };
        var refusal = Assert.Throws<WeightsException>(() => new DitModel(backend, config, store.View()));
        Assert.Contains("expected shape [3072, 48, 1, 2, 2], found [8, 4, 1, 2, 2]", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(825, refusal.Problems.Count);
        Assert.Equal(0, backend.Memory.PeakBytes);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Weight_that_is_not_finite_is_refused_by_name_on_first_reading(float bad)
    {
        using var folder = new TemporaryFolder();
        Write(folder.File("a.safetensors"), ("good", [2], [1, 2]), ("bad.one", [3], [0, bad, 0]));
        using var store = WeightStore.Open(folder.File("a.safetensors"));
        var scratch = Array.Empty<float>();
        Assert.Equal(2, store.View().Read("good", 2, ref scratch)[1]);
        var refusal = Assert.Throws<SafetensorsException>(() => store.View().Read("bad.one", 3, ref scratch).Length);
        Assert.Equal("bad.one", refusal.Tensor);
        Assert.Contains("index 1", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_reports_every_bad_tensor_and_file()
    {
        using var folder = new TemporaryFolder();
        Write(folder.File("a.safetensors"), ("n", [1], [float.NaN]), ("ok", [1], [1]), ("i", [2], [0, float.PositiveInfinity]));
        Write(folder.File("b.safetensors"), ("m", [1], [float.NaN]));
        File.WriteAllBytes(folder.File("c.safetensors"), [1, 2, 3]);
        var result = WeightScan.ScanFinite(folder.Path);
        Assert.Equal((3, 4, 4), (result.Files, result.Tensors, result.Problems.Count));
        string[] named = ["'n'", "'i'", "'m'", "c.safetensors"];
        Assert.All(named, name => Assert.Contains(result.Problems, problem => problem.Contains(name, StringComparison.Ordinal)));
    }

    [Fact]
    public void Pickled_checkpoint_is_refused_naming_the_converted_file()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("Wan2.2_VAE.pth"), [1]);
        var problem = Assert.Single(WeightScan.ScanFinite(folder.Path).Problems);
        Assert.Contains("convert it to Wan2.2_VAE.safetensors", problem, StringComparison.Ordinal);
        Assert.Equal([problem], WeightScan.ScanFinite(folder.File("Wan2.2_VAE.pth")).Problems);
    }

    [Fact]
    public void Tensor_in_two_shards_is_refused()
    {
        using var folder = new TemporaryFolder();
        Write(folder.File("a-00001-of-00002.safetensors"), ("t", [1], [1]));
        Write(folder.File("a-00002-of-00002.safetensors"), ("t", [1], [2]));
        Assert.Contains("'t' is also in", Assert.Single(WeightScan.ScanFinite(folder.Path).Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("I64", 8)]
    [InlineData("U8", 1)]
    [InlineData("F8_E4M3", 1)]
    public void Weight_stored_as_integer_or_in_eight_bits_is_refused_with_what_to_do(string type, int bytes)
    {
        using var file = SafetensorsFile.FromBytes(FileBytes.Of($$$"""{"w":{"dtype":"{{{type}}}","shape":[2],"data_offsets":[0,{{{2 * bytes}}}]}}""", 2 * bytes), "q.safetensors");
        using var store = WeightStore.Of(file);
        var problem = Assert.Single(store.View().Problems([TensorSpec.Bias("w", 2)]));
        Assert.Equal($"q.safetensors: tensor 'w': dtype {type} is not read as a weight; convert it to BF16, F16 or F32", problem);
    }

    [Fact]
    public void Rows_of_a_table_are_those_of_the_file_whichever_are_asked_for_and_however_often()
    {
        using var folder = new TemporaryFolder();
        var rows = RowTable.MaxKept + 5;
        Write(folder.File("a.safetensors"), ("table", [rows, 2], [.. Enumerable.Range(0, 2 * rows).Select(i => i / 3f)]));
        using var store = WeightStore.Open(folder.File("a.safetensors"));
        using var backend = TestBackend.Create();
        var table = store.View().Rows("table", rows, 2);
        int[] all = [.. Enumerable.Range(0, rows), 7, 0, rows - 1];
        using var read = table.Gather(backend, all);
        Assert.Equal(all.SelectMany(row => new[] { 2 * row / 3f, ((2 * row) + 1) / 3f }), backend.ToHost(read));
        Assert.InRange(table.Kept, 1, RowTable.MaxKept);
        Assert.Throws<ArgumentException>(() => table.Gather(backend, [rows]));
        Assert.Throws<ArgumentException>(() => table.Gather(backend, [-1]));
    }

    private static void Write(string path, params (string Name, int[] Shape, float[] Values)[] tensors) =>
        SafetensorsWriter.Write(path, [.. tensors.Select(t => (t.Name, t.Shape))], i => tensors[i].Values, new Dictionary<string, string>());
}
