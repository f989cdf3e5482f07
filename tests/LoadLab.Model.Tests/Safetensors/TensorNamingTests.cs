using LoadLab.Model.Nano;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Safetensors;
using LoadLab.Model.Tokenizer;
using LoadLab.Model.Weights;

namespace LoadLab.Model.Tests.Safetensors;

public sealed class TensorNamingTests(SeededModels models)
{
    [Theory]
    [InlineData("patch_embedding.bias", "patch_embedding.bias")]
    [InlineData("time_embedding.2.weight", "condition_embedder.time_embedder.linear_2.weight")]
    [InlineData("time_projection.1.weight", "condition_embedder.time_proj.weight")]
    [InlineData("text_embedding.0.bias", "condition_embedder.text_embedder.linear_1.bias")]
    [InlineData("blocks.7.modulation", "blocks.7.scale_shift_table")]
    [InlineData("head.modulation", "scale_shift_table")]
    [InlineData("head.head.weight", "proj_out.weight")]
    [InlineData("blocks.0.self_attn.q.weight", "blocks.0.attn1.to_q.weight")]
    [InlineData("blocks.0.cross_attn.o.bias", "blocks.0.attn2.to_out.0.bias")]
    [InlineData("blocks.0.cross_attn.norm_k.weight", "blocks.0.attn2.norm_k.weight")]
    [InlineData("blocks.12.ffn.0.weight", "blocks.12.ffn.net.0.proj.weight")]
    [InlineData("blocks.12.ffn.2.weight", "blocks.12.ffn.net.2.weight")]
    [InlineData("blocks.3.norm3.weight", "blocks.3.norm2.weight")]
    public void Transformer_names_are_those_of_diffusers(string original, string renamed) => Assert.Equal(renamed, TensorNaming.Transformer.Rename(original));

    [Theory]
    [InlineData("token_embedding.weight", "shared.weight")]
    [InlineData("blocks.1.norm1.weight", "encoder.block.1.layer.0.layer_norm.weight")]
    [InlineData("blocks.1.attn.k.weight", "encoder.block.1.layer.0.SelfAttention.k.weight")]
    [InlineData("blocks.1.pos_embedding.embedding.weight", "encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight")]
    [InlineData("blocks.1.ffn.gate.0.weight", "encoder.block.1.layer.1.DenseReluDense.wi_0.weight")]
    [InlineData("blocks.1.ffn.fc2.weight", "encoder.block.1.layer.1.DenseReluDense.wo.weight")]
    [InlineData("norm.weight", "encoder.final_layer_norm.weight")]
    public void Text_encoder_names_are_those_of_transformers(string original, string renamed) => Assert.Equal(renamed, TensorNaming.TextEncoder.Rename(original));

    [Theory]
    [InlineData("conv2.weight", "post_quant_conv.weight")]
    [InlineData("decoder.middle.2.residual.6.bias", "decoder.mid_block.resnets.1.conv2.bias")]
    [InlineData("decoder.middle.1.to_qkv.weight", "decoder.mid_block.attentions.0.to_qkv.weight")]
    [InlineData("decoder.upsamples.2.upsamples.0.shortcut.weight", "decoder.up_blocks.2.resnets.0.conv_shortcut.weight")]
    [InlineData("decoder.upsamples.0.upsamples.3.time_conv.bias", "decoder.up_blocks.0.upsampler.time_conv.bias")]
    [InlineData("decoder.head.0.gamma", "decoder.norm_out.gamma")]
    public void Wan22_vae_names_are_those_of_diffusers(string original, string renamed) => Assert.Equal(renamed, TensorNaming.Vae22(2).Rename(original));

    [Theory]
    [InlineData("decoder.upsamples.0.residual.0.gamma", "decoder.up_blocks.0.resnets.0.norm1.gamma")]
    [InlineData("decoder.upsamples.7.resample.1.weight", "decoder.up_blocks.1.upsamplers.0.resample.1.weight")]
    [InlineData("decoder.upsamples.14.residual.2.bias", "decoder.up_blocks.3.resnets.2.conv1.bias")]
    public void Wan21_vae_names_are_those_of_diffusers(string original, string renamed) => Assert.Equal(renamed, TensorNaming.Vae21(2).Rename(original));

    [Fact]
    public void Folder_in_the_diffusers_layout_gives_the_same_clip()
    {
        var model = ModelCatalog.Ti2V5BPico;
        using var folder = new TemporaryFolder();
        Convert(SeededWeights.Ensure(model, models.Folder), folder.Path, model);
        var full = model with { IsSeeded = false };
        using var backend = TestBackend.Create();
        using var seeded = WanPipeline.Load(model, models.Folder, backend);
        using var converted = WanPipeline.Load(full, folder.Path, backend, new HashedTokenizer(model.TextEncoder.VocabularySize));
        VideoJob[] jobs = [new("two cats", 4)];
        Assert.Equal(seeded.Generate(model.Native, jobs)[0].Rgb, converted.Generate(model.Native, jobs)[0].Rgb);
    }

    // One folder per network, as such checkpoints have.
    private static void Convert(string path, string folder, WanModelSpec model)
    {
        using var file = SafetensorsFile.Open(path);
        Write(file, SeededWeights.TextEncoderPrefix, TensorNaming.TextEncoder, Path.Combine(folder, "text_encoder"));
        Write(file, SeededWeights.TransformerPrefix, TensorNaming.Transformer, Path.Combine(folder, "transformer"));
        Write(file, SeededWeights.VaePrefix, TensorNaming.Vae22(model.Vae.ResidualBlocks), Path.Combine(folder, "vae"));
    }

    private static void Write(SafetensorsFile file, string prefix, TensorNaming naming, string folder)
    {
        Directory.CreateDirectory(folder);
        var entries = file.Entries.Values.Where(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal)).ToArray();
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"),
            [.. entries.Select(entry => (naming.Rename(entry.Name[prefix.Length..]), entry.Shape.ToArray()))],
            i =>
            {
                var values = new float[entries[i].Count];
                file.ReadFinite(entries[i], values);
                return values;
            },
            new Dictionary<string, string>());
    }
}
