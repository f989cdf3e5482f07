using LoadLab.Model.Pipeline;
using LoadLab.Model.Weights;

namespace LoadLab.Model.Tests.FullSize;

/// <summary>The loader against checkpoints of full size that hold no data.</summary>
public sealed class FullSizeTests
{
    private static readonly WanModelSpec Full5B = ModelCatalog.Ti2V5B;
    private static readonly WanModelSpec FullA14B = ModelCatalog.T2VA14B;

    // Figures of the specification, sections 1 and 6.
    [Fact]
    public void Tables_have_the_published_counts_to_the_unit()
    {
        Assert.Equal((825, 4_999_787_712), Counts(SpecTables.Transformer5B));
        Assert.Equal((1095, 14_288_491_584), Counts(SpecTables.TransformerA14B));
        Assert.Equal((242, 5_680_910_336), Counts(SpecTables.TextEncoder));
        Assert.Equal(1_050_148_864, SpecTables.TextEncoder[0].Count);
        Assert.Equal((27, 163_656_704), Counts([.. SpecTables.Transformer5B.Where(tensor => tensor.Original.StartsWith("blocks.29.", StringComparison.Ordinal))]));
        Assert.Equal((27, 351_394_304), Counts([.. SpecTables.TransformerA14B.Where(tensor => tensor.Original.StartsWith("blocks.39.", StringComparison.Ordinal))]));
        Assert.Equal((108, 73_295_603), Counts(SpecTables.Vae21Decoder));
        Assert.Equal((110, 555_051_580), Counts(SpecTables.Vae22Decoder));
        Assert.Equal((106, 108), (Decoder(SpecTables.Vae21Decoder), Decoder(SpecTables.Vae22Decoder)));
        Assert.Equal((194 - 108, 53_596_928), Counts(SpecTables.Vae21Encoder));
        Assert.Equal((196 - 110, 149_637_088), Counts(SpecTables.Vae22Encoder));
    }

    [Fact]
    public void Networks_ask_for_exactly_the_tensors_of_the_tables()
    {
        AssertSame(SpecTables.Transformer5B, Full5B.Transformer.Tensors());
        AssertSame(SpecTables.TransformerA14B, FullA14B.Transformer.Tensors());
        AssertSame(SpecTables.TextEncoder, Full5B.TextEncoder.Tensors());
        AssertSame(SpecTables.TextEncoder, FullA14B.TextEncoder.Tensors());
        AssertSame(SpecTables.Vae22Decoder, Full5B.Vae.Tensors());
        AssertSame(SpecTables.Vae21Decoder, FullA14B.Vae.Tensors());
    }

    [Theory]
    [InlineData(Layout.Original)]
    [InlineData(Layout.Diffusers)]
    [InlineData(Layout.Repackaged)]
    public void Full_5B_passes_the_loader_in_every_layout(Layout layout)
    {
        using var folder = SparseFolder();
        new FullSizeSet(folder.Path).Write5B(layout);
        AssertTakesNoRoom(folder.Path);
        using var checkpoint = Checkpoint.Open(Full5B, new WeightsSource.Folder(folder.Path));
        AssertComplete(checkpoint.Weights, Full5B);
        Assert.Null(checkpoint.Weights.LowNoise);
    }

    [Theory]
    [InlineData(Layout.Original)]
    [InlineData(Layout.Diffusers)]
    [InlineData(Layout.Repackaged)]
    public void Full_A14B_with_both_experts_passes_the_loader_in_every_layout(Layout layout)
    {
        using var folder = SparseFolder();
        new FullSizeSet(folder.Path).WriteA14B(layout);
        AssertTakesNoRoom(folder.Path);
        using var checkpoint = Checkpoint.Open(FullA14B, new WeightsSource.Folder(folder.Path));
        AssertComplete(checkpoint.Weights, FullA14B);
        checkpoint.Weights.LowNoise!.Require(FullA14B.Transformer.Tensors());
    }

    [Fact]
    public void Missing_misnamed_and_misshaped_tensors_of_every_network_are_refused_at_once_by_name()
    {
        using var folder = SparseFolder();
        var set = new FullSizeSet(folder.Path, (file, tensor) => tensor.Name switch
        {
            "blocks.17.ffn.2.bias" => null,
            "blocks.3.norm3.weight" => ("blocks.3.norm2_weight", tensor.Shape),
            "head.head.weight" => (tensor.Name, [64, 3072]),
            "blocks.23.ffn.gate.0.weight" => (tensor.Name, [4096, 10240]),
            "decoder.upsamples.3.upsamples.0.shortcut.weight" => null,
            _ => tensor,
        });
        set.Write5B(Layout.Original);
        var refusal = Refusal(Full5B, folder.Path);
        Assert.Equal(5, refusal.Problems.Count);
        string[] told =
        [
            "'blocks.17.ffn.2.bias': expected shape [3072], found no such tensor",
            "'blocks.3.norm3.weight': expected shape [3072], found no such tensor",
            "'head.head.weight': expected shape [192, 3072], found [64, 3072]",
            "'blocks.23.ffn.gate.0.weight': expected shape [10240, 4096], found [4096, 10240]",
            "'decoder.upsamples.3.upsamples.0.shortcut.weight': expected shape [256, 512, 1, 1, 1], found no such tensor",
        ];
        Assert.All(told, text => Assert.Contains(text, refusal.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Repackaged_tensor_that_is_misnamed_is_told_with_its_prefix()
    {
        using var folder = SparseFolder();
        var set = new FullSizeSet(folder.Path, (_, tensor) => tensor.Name == "diffusion_model.time_projection.1.weight" ? ("diffusion_model.time_projection.weight", tensor.Shape) : tensor);
        set.WriteA14B(Layout.Repackaged);
        var refusal = Refusal(FullA14B, folder.Path);
        Assert.Equal(2, refusal.Problems.Count);
        Assert.All(refusal.Problems, problem => Assert.StartsWith("tensor 'diffusion_model.time_projection.1.weight'", problem, StringComparison.Ordinal));
    }

    [Fact]
    public void Configuration_of_another_model_is_told_field_by_field_with_everything_else()
    {
        using var folder = SparseFolder();
        var set = new FullSizeSet(folder.Path);
        set.Write5B(Layout.Original);
        set.Text("config.json", """{"model_type":"t2v","dim":1536,"ffn_dim":8960,"num_heads":12,"num_layers":30,"in_dim":16,"out_dim":16,"text_len":512,"eps":1e-6}""");
        File.Delete(folder.File("Wan2.2_VAE.safetensors"));
        var refusal = Refusal(Full5B, folder.Path);
        string[] told =
        [
            "config.json: dim is 1536, but wan2.2-ti2v-5b has 3072", "ffn_dim is 8960, but wan2.2-ti2v-5b has 14336", "num_heads is 12, but wan2.2-ti2v-5b has 24",
            "in_dim is 16, but wan2.2-ti2v-5b has 48", "out_dim is 16, but wan2.2-ti2v-5b has 48", "holds the VAE of wan2.2-ti2v-5b; expected Wan2.2_VAE.safetensors",
            "convert it to Wan2.2_VAE.safetensors",
        ];
        Assert.All(told, text => Assert.Contains(text, refusal.Message, StringComparison.Ordinal));
        Assert.Equal(told.Length, refusal.Problems.Count);
    }

    [Fact]
    public void Diffusers_configurations_of_every_network_are_compared()
    {
        using var folder = SparseFolder();
        var set = new FullSizeSet(folder.Path);
        set.Write5B(Layout.Diffusers);
        set.Text("transformer/config.json", """{"ffn_dim":14336,"num_attention_heads":12,"attention_head_dim":256,"in_channels":36,"patch_size":[1,1,2],"text_dim":null}""");
        set.Text("text_encoder/config.json", """{"d_model":2048,"vocab_size":32128,"num_layers":24}""");
        set.Text("vae/config.json", """{"z_dim":16,"base_dim":96,"dim_mult":[1,2,4],"decoder_base_dim":256}""");
        var refusal = Refusal(Full5B, folder.Path);
        string[] fields = ["num_attention_heads is 12", "attention_head_dim is 256", "in_channels is 36", "patch_size is [1,1,2], but wan2.2-ti2v-5b has [1, 2, 2]", "d_model is 2048", "vocab_size is 32128", "z_dim is 16", "dim_mult is [1,2,4]"];
        Assert.All(fields, text => Assert.Contains(text, refusal.Message, StringComparison.Ordinal));
        Assert.Equal(fields.Length, refusal.Problems.Count);
    }

    [Fact]
    public void Folder_of_the_other_model_is_refused()
    {
        using var folder = SparseFolder();
        new FullSizeSet(folder.Path).Write5B(Layout.Diffusers);
        var refusal = Refusal(FullA14B, folder.Path);
        Assert.Contains("no safetensors file holds the low-noise transformer of wan2.2-t2v-a14b; expected the folder low_noise_model", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("num_attention_heads is 24, but wan2.2-t2v-a14b has 40", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Second_copy_of_a_network_is_refused_unless_an_index_leaves_it_out()
    {
        using var folder = SparseFolder();
        var set = new FullSizeSet(folder.Path);
        set.Write5B(Layout.Original);
        set.One("wan-copy.safetensors", "BF16", SpecTables.Transformer5B, diffusers: false);
        using (Checkpoint.Open(Full5B, new WeightsSource.Folder(folder.Path)))
        {
        }

        set.One("vae/second.safetensors", "F32", SpecTables.Vae22Decoder, diffusers: false);
        var problem = Assert.Single(Refusal(Full5B, folder.Path).Problems);
        Assert.Contains("the VAE of wan2.2-ti2v-5b is in", problem, StringComparison.Ordinal);
        Assert.Contains("Wan2.2_VAE.safetensors and in", problem, StringComparison.Ordinal);
        Assert.Contains("second.safetensors; keep one", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_at_the_end_of_the_embedding_are_read_without_the_rest()
    {
        using var folder = SparseFolder();
        new FullSizeSet(folder.Path).Write5B(Layout.Repackaged);
        using var checkpoint = Checkpoint.Open(Full5B, new WeightsSource.Folder(folder.Path));
        using var backend = TestBackend.Create(capacity: 1 << 20);
        using var rows = checkpoint.Weights.TextEncoder.Rows("token_embedding.weight", 256384, 4096).Gather(backend, [256383, 0, 131072]);
        Assert.Equal(new float[3 * 4096], backend.ToHost(rows));
    }

    private static WeightsException Refusal(WanModelSpec model, string folder) =>
        Assert.Throws<WeightsException>(() => Checkpoint.Open(model, new WeightsSource.Folder(folder)).Dispose());

    private static TemporaryFolder SparseFolder()
    {
        var folder = new TemporaryFolder();
        if (SparseFiles.Unavailable(folder.Path) is { } reason)
        {
            folder.Dispose();
            Assert.Skip(reason);
        }

        return folder;
    }

    private static void AssertTakesNoRoom(string folder)
    {
        var files = Directory.GetFiles(folder, "*.safetensors", SearchOption.AllDirectories);
        Assert.True(files.Sum(file => new FileInfo(file).Length) > 20L << 30);
        Assert.InRange(files.Sum(SparseFiles.Blocks) * 512, 0, 8 << 20);
    }

    private static void AssertComplete(NetworkWeights weights, WanModelSpec model)
    {
        weights.TextEncoder.Require(model.TextEncoder.Tensors());
        weights.Transformer.Require(model.Transformer.Tensors());
        weights.Vae.Require(model.Vae.Tensors());
    }

    private static void AssertSame(SpecTensor[] table, IEnumerable<TensorSpec> asked) => Assert.Equal(
        table.Select(tensor => $"{tensor.Original} [{string.Join(", ", tensor.Shape)}]").Order(StringComparer.Ordinal),
        asked.Select(spec => $"{spec.Name} [{string.Join(", ", spec.Shape)}]").Order(StringComparer.Ordinal));

    private static (int Tensors, long Values) Counts(SpecTensor[] tensors) => (tensors.Length, tensors.Sum(tensor => tensor.Count));

    private static int Decoder(SpecTensor[] tensors) => tensors.Count(tensor => tensor.Original.StartsWith("decoder.", StringComparison.Ordinal));
}
