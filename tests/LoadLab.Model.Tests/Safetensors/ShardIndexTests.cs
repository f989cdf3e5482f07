using LoadLab.Model.Safetensors;
using LoadLab.Model.Weights;

namespace LoadLab.Model.Tests.Safetensors;

public sealed class ShardIndexTests
{
    [Theory]
    [InlineData("""{"weight_map":{"t":"../a.safetensors"}}""", "'../a.safetensors'")]
    [InlineData("""{"weight_map":{"t":"..\\a.safetensors"}}""", "beside the index")]
    [InlineData("""{"weight_map":{"t":"sub/a.safetensors"}}""", "beside the index")]
    [InlineData("""{"weight_map":{"t":"/etc/a.safetensors"}}""", "beside the index")]
    [InlineData("""{"weight_map":{"t":"C:a.safetensors"}}""", "beside the index")]
    [InlineData("""{"weight_map":{"t":"a.pth"}}""", "beside the index")]
    [InlineData("""{"weight_map":{"t":3}}""", "must be a file name")]
    [InlineData("""{"weight_map":{"t":"a.safetensors","t":"b.safetensors"}}""", "appears twice")]
    [InlineData("""{"weight_map":{}}""", "is empty")]
    [InlineData("""{"weights":{}}""", "no object 'weight_map'")]
    [InlineData("[]", "no object 'weight_map'")]
    [InlineData("{", "not valid JSON")]
    [InlineData("""{"weight_map":{"t":[[[[[[[[[[1]]]]]]]]]]}}""", "not valid JSON")]
    public void Index_that_is_wrong_or_leads_elsewhere_is_refused(string json, string says)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("m.safetensors.index.json");
        File.WriteAllText(path, json);
        var refusal = Assert.Throws<SafetensorsException>(() => ShardIndex.Read(path));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        Assert.StartsWith(path, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Index_larger_than_any_real_one_is_refused_unread()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("m.safetensors.index.json");
        using (var stream = File.Create(path))
        {
            stream.SetLength(1L << 32);
        }

        Assert.Contains("the limit for an index", Assert.Throws<SafetensorsException>(() => ShardIndex.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Exactly_the_shards_of_an_index_are_read()
    {
        using var folder = new TemporaryFolder();
        Write(folder.File("m-00001-of-00002.safetensors"), "a");
        Write(folder.File("m-00002-of-00002.safetensors"), "b");
        Write(folder.File("m-00001-of-00003.safetensors"), "other");
        File.WriteAllBytes(folder.File("m-00003-of-00002.safetensors"), [1]);
        File.WriteAllText(folder.File("m.safetensors.index.json"), """{"metadata":{"total_size":8},"weight_map":{"a":"m-00001-of-00002.safetensors","b":"m-00002-of-00002.safetensors"}}""");
        List<string> problems = [];
        var sets = FileSet.Find(folder.Path, problems);
        Assert.Equal(2, sets[0].Files.Count);
        using var store = WeightStore.TryOpen(sets[0], problems);
        Assert.Equal(["a", "b"], store!.Names.Order());
        Assert.Empty(problems);
        Assert.Single(sets);
    }

    [Fact]
    public void Numbered_shards_without_an_index_are_one_set_when_all_are_there()
    {
        using var folder = new TemporaryFolder();
        Write(folder.File("m-00001-of-00002.safetensors"), "a");
        Assert.Contains("1 of 2 shards are here", Assert.Single(WeightScan.ScanFinite(folder.Path).Problems), StringComparison.Ordinal);
        Write(folder.File("m-00002-of-00002.safetensors"), "b");
        Write(folder.File("single.safetensors"), "a");
        List<string> problems = [];
        Assert.Equal([2, 1], FileSet.Find(folder.Path, problems).Select(set => set.Files.Count));
        Assert.Empty(problems);
    }

    [Fact]
    public void Missing_shard_and_tensor_that_is_not_in_its_shard_are_told_by_name()
    {
        using var folder = new TemporaryFolder();
        Write(folder.File("m1.safetensors"), "a");
        File.WriteAllText(folder.File("m.safetensors.index.json"), """{"weight_map":{"a":"m1.safetensors","b":"m2.safetensors"}}""");
        Assert.Contains("lists m2.safetensors, which is not there", Assert.Single(WeightScan.ScanFinite(folder.Path).Problems), StringComparison.Ordinal);
        Write(folder.File("m2.safetensors"), "c");
        Assert.Contains("m2.safetensors: tensor 'b' is not in it", Assert.Single(WeightScan.ScanFinite(folder.Path).Problems), StringComparison.Ordinal);
        Write(folder.File("m2.safetensors"), "b");
        Assert.Equal((2, 2, 0), Counts(WeightScan.ScanFinite(folder.Path)));
        Assert.Equal((2, 2, 0), Counts(WeightScan.ScanFinite(folder.File("m.safetensors.index.json"))));
    }

    private static (int Files, int Tensors, int Problems) Counts(WeightScanResult result) => (result.Files, result.Tensors, result.Problems.Count);

    private static void Write(string path, string tensor) => SafetensorsWriter.Write(path, [(tensor, [1])], _ => [1], new Dictionary<string, string>());
}
