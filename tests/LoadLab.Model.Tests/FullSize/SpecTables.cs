namespace LoadLab.Model.Tests.FullSize;

/// <summary>
/// Every tensor of the published checkpoints, written out once more from the tables of the model's specification (sections 6.1 to 6.4 and 4.2, 4.3): names, layouts and
/// dimensions are stated here and nowhere computed by the code under test.
/// </summary>
internal static class SpecTables
{
    public static SpecTensor[] Transformer5B { get; } = [.. Transformer(d: 3072, ffn: 14336, layers: 30, channels: 48)];

    /// <summary>One expert.</summary>
    public static SpecTensor[] TransformerA14B { get; } = [.. Transformer(d: 5120, ffn: 13824, layers: 40, channels: 16)];

    public static SpecTensor[] TextEncoder { get; } = [.. UmT5()];

    /// <summary>conv2 and the decoder.</summary>
    public static SpecTensor[] Vae21Decoder { get; } = [.. Decoder21()];

    public static SpecTensor[] Vae22Decoder { get; } = [.. Decoder22()];

    /// <summary>conv1 and the encoder.</summary>
    public static SpecTensor[] Vae21Encoder { get; } = [.. Encoder21()];

    public static SpecTensor[] Vae22Encoder { get; } = [.. Encoder22()];

    private static IEnumerable<SpecTensor> Transformer(int d, int ffn, int layers, int channels) =>
    [
        .. Layer("patch_embedding", "patch_embedding", d, channels, 1, 2, 2),
        .. Layer("text_embedding.0", "condition_embedder.text_embedder.linear_1", d, 4096),
        .. Layer("text_embedding.2", "condition_embedder.text_embedder.linear_2", d, d),
        .. Layer("time_embedding.0", "condition_embedder.time_embedder.linear_1", d, 256),
        .. Layer("time_embedding.2", "condition_embedder.time_embedder.linear_2", d, d),
        .. Layer("time_projection.1", "condition_embedder.time_proj", 6 * d, d),
        .. Enumerable.Range(0, layers).SelectMany(i => Block(i, d, ffn)),
        new("head.modulation", "scale_shift_table", [1, 2, d]),
        .. Layer("head.head", "proj_out", 4 * channels, d),
    ];

    private static IEnumerable<SpecTensor> Block(int i, int d, int ffn) =>
    [
        new($"blocks.{i}.modulation", $"blocks.{i}.scale_shift_table", [1, 6, d]),
        .. Attention($"blocks.{i}.self_attn", $"blocks.{i}.attn1", d),
        .. Attention($"blocks.{i}.cross_attn", $"blocks.{i}.attn2", d),
        new($"blocks.{i}.norm3.weight", $"blocks.{i}.norm2.weight", [d]),
        new($"blocks.{i}.norm3.bias", $"blocks.{i}.norm2.bias", [d]),
        .. Layer($"blocks.{i}.ffn.0", $"blocks.{i}.ffn.net.0.proj", ffn, d),
        .. Layer($"blocks.{i}.ffn.2", $"blocks.{i}.ffn.net.2", d, ffn),
    ];

    private static IEnumerable<SpecTensor> Attention(string original, string diffusers, int d) =>
    [
        .. Layer($"{original}.q", $"{diffusers}.to_q", d, d),
        .. Layer($"{original}.k", $"{diffusers}.to_k", d, d),
        .. Layer($"{original}.v", $"{diffusers}.to_v", d, d),
        .. Layer($"{original}.o", $"{diffusers}.to_out.0", d, d),
        new($"{original}.norm_q.weight", $"{diffusers}.norm_q.weight", [d]),
        new($"{original}.norm_k.weight", $"{diffusers}.norm_k.weight", [d]),
    ];

    private static IEnumerable<SpecTensor> UmT5()
    {
        yield return new("token_embedding.weight", "shared.weight", [256384, 4096]);
        for (var i = 0; i < 24; i++)
        {
            var (o, attention, ffn) = ($"blocks.{i}", $"encoder.block.{i}.layer.0", $"encoder.block.{i}.layer.1");
            yield return new($"{o}.norm1.weight", $"{attention}.layer_norm.weight", [4096]);
            yield return new($"{o}.attn.q.weight", $"{attention}.SelfAttention.q.weight", [4096, 4096]);
            yield return new($"{o}.attn.k.weight", $"{attention}.SelfAttention.k.weight", [4096, 4096]);
            yield return new($"{o}.attn.v.weight", $"{attention}.SelfAttention.v.weight", [4096, 4096]);
            yield return new($"{o}.attn.o.weight", $"{attention}.SelfAttention.o.weight", [4096, 4096]);
            yield return new($"{o}.pos_embedding.embedding.weight", $"{attention}.SelfAttention.relative_attention_bias.weight", [32, 64]);
            yield return new($"{o}.norm2.weight", $"{ffn}.layer_norm.weight", [4096]);
            yield return new($"{o}.ffn.gate.0.weight", $"{ffn}.DenseReluDense.wi_0.weight", [10240, 4096]);
            yield return new($"{o}.ffn.fc1.weight", $"{ffn}.DenseReluDense.wi_1.weight", [10240, 4096]);
            yield return new($"{o}.ffn.fc2.weight", $"{ffn}.DenseReluDense.wo.weight", [4096, 10240]);
        }

        yield return new("norm.weight", "encoder.final_layer_norm.weight", [4096]);
    }

    private static IEnumerable<SpecTensor> Decoder21() =>
    [
        .. Layer("conv2", "post_quant_conv", 16, 16, 1, 1, 1),
        .. Layer("decoder.conv1", "decoder.conv_in", 384, 16, 3, 3, 3),
        .. Middle("decoder", 384),
        .. Residual("decoder.upsamples.0", "decoder.up_blocks.0.resnets.0", 384, 384),
        .. Residual("decoder.upsamples.1", "decoder.up_blocks.0.resnets.1", 384, 384),
        .. Residual("decoder.upsamples.2", "decoder.up_blocks.0.resnets.2", 384, 384),
        .. Resample("decoder.upsamples.3", "decoder.up_blocks.0.upsamplers.0", 384, 192, timeOutput: 768),
        .. Residual("decoder.upsamples.4", "decoder.up_blocks.1.resnets.0", 192, 384),
        .. Residual("decoder.upsamples.5", "decoder.up_blocks.1.resnets.1", 384, 384),
        .. Residual("decoder.upsamples.6", "decoder.up_blocks.1.resnets.2", 384, 384),
        .. Resample("decoder.upsamples.7", "decoder.up_blocks.1.upsamplers.0", 384, 192, timeOutput: 768),
        .. Residual("decoder.upsamples.8", "decoder.up_blocks.2.resnets.0", 192, 192),
        .. Residual("decoder.upsamples.9", "decoder.up_blocks.2.resnets.1", 192, 192),
        .. Residual("decoder.upsamples.10", "decoder.up_blocks.2.resnets.2", 192, 192),
        .. Resample("decoder.upsamples.11", "decoder.up_blocks.2.upsamplers.0", 192, 96),
        .. Residual("decoder.upsamples.12", "decoder.up_blocks.3.resnets.0", 96, 96),
        .. Residual("decoder.upsamples.13", "decoder.up_blocks.3.resnets.1", 96, 96),
        .. Residual("decoder.upsamples.14", "decoder.up_blocks.3.resnets.2", 96, 96),
        .. Head("decoder", 96, 3),
    ];

    private static IEnumerable<SpecTensor> Decoder22() =>
    [
        .. Layer("conv2", "post_quant_conv", 48, 48, 1, 1, 1),
        .. Layer("decoder.conv1", "decoder.conv_in", 1024, 48, 3, 3, 3),
        .. Middle("decoder", 1024),
        .. UpStage(0, 1024, 1024),
        .. Resample("decoder.upsamples.0.upsamples.3", "decoder.up_blocks.0.upsampler", 1024, 1024, timeOutput: 2048),
        .. UpStage(1, 1024, 1024),
        .. Resample("decoder.upsamples.1.upsamples.3", "decoder.up_blocks.1.upsampler", 1024, 1024, timeOutput: 2048),
        .. UpStage(2, 1024, 512),
        .. Resample("decoder.upsamples.2.upsamples.3", "decoder.up_blocks.2.upsampler", 512, 512),
        .. UpStage(3, 512, 256),
        .. Head("decoder", 256, 12),
    ];

    private static IEnumerable<SpecTensor> UpStage(int stage, int input, int output) =>
    [
        .. Residual($"decoder.upsamples.{stage}.upsamples.0", $"decoder.up_blocks.{stage}.resnets.0", input, output),
        .. Residual($"decoder.upsamples.{stage}.upsamples.1", $"decoder.up_blocks.{stage}.resnets.1", output, output),
        .. Residual($"decoder.upsamples.{stage}.upsamples.2", $"decoder.up_blocks.{stage}.resnets.2", output, output),
    ];

    private static IEnumerable<SpecTensor> Encoder21() =>
    [
        .. Layer("conv1", "quant_conv", 32, 32, 1, 1, 1),
        .. Layer("encoder.conv1", "encoder.conv_in", 96, 3, 3, 3, 3),
        .. Residual("encoder.downsamples.0", "encoder.down_blocks.0", 96, 96),
        .. Residual("encoder.downsamples.1", "encoder.down_blocks.1", 96, 96),
        .. Resample("encoder.downsamples.2", "encoder.down_blocks.2", 96, 96),
        .. Residual("encoder.downsamples.3", "encoder.down_blocks.3", 96, 192),
        .. Residual("encoder.downsamples.4", "encoder.down_blocks.4", 192, 192),
        .. Resample("encoder.downsamples.5", "encoder.down_blocks.5", 192, 192, timeOutput: 192),
        .. Residual("encoder.downsamples.6", "encoder.down_blocks.6", 192, 384),
        .. Residual("encoder.downsamples.7", "encoder.down_blocks.7", 384, 384),
        .. Resample("encoder.downsamples.8", "encoder.down_blocks.8", 384, 384, timeOutput: 384),
        .. Residual("encoder.downsamples.9", "encoder.down_blocks.9", 384, 384),
        .. Residual("encoder.downsamples.10", "encoder.down_blocks.10", 384, 384),
        .. Middle("encoder", 384),
        .. Head("encoder", 384, 32),
    ];

    private static IEnumerable<SpecTensor> Encoder22() =>
    [
        .. Layer("conv1", "quant_conv", 96, 96, 1, 1, 1),
        .. Layer("encoder.conv1", "encoder.conv_in", 160, 12, 3, 3, 3),
        .. DownStage(0, 160, 160),
        .. Resample("encoder.downsamples.0.downsamples.2", "encoder.down_blocks.0.downsampler", 160, 160),
        .. DownStage(1, 160, 320),
        .. Resample("encoder.downsamples.1.downsamples.2", "encoder.down_blocks.1.downsampler", 320, 320, timeOutput: 320),
        .. DownStage(2, 320, 640),
        .. Resample("encoder.downsamples.2.downsamples.2", "encoder.down_blocks.2.downsampler", 640, 640, timeOutput: 640),
        .. DownStage(3, 640, 640),
        .. Middle("encoder", 640),
        .. Head("encoder", 640, 96),
    ];

    private static IEnumerable<SpecTensor> DownStage(int stage, int input, int output) =>
    [
        .. Residual($"encoder.downsamples.{stage}.downsamples.0", $"encoder.down_blocks.{stage}.resnets.0", input, output),
        .. Residual($"encoder.downsamples.{stage}.downsamples.1", $"encoder.down_blocks.{stage}.resnets.1", output, output),
    ];

    private static IEnumerable<SpecTensor> Middle(string side, int c) =>
    [
        .. Residual($"{side}.middle.0", $"{side}.mid_block.resnets.0", c, c),
        new($"{side}.middle.1.norm.gamma", $"{side}.mid_block.attentions.0.norm.gamma", [c, 1, 1]),
        .. Layer($"{side}.middle.1.to_qkv", $"{side}.mid_block.attentions.0.to_qkv", 3 * c, c, 1, 1),
        .. Layer($"{side}.middle.1.proj", $"{side}.mid_block.attentions.0.proj", c, c, 1, 1),
        .. Residual($"{side}.middle.2", $"{side}.mid_block.resnets.1", c, c),
    ];

    private static IEnumerable<SpecTensor> Head(string side, int c, int output) =>
    [
        new($"{side}.head.0.gamma", $"{side}.norm_out.gamma", [c, 1, 1, 1]),
        .. Layer($"{side}.head.2", $"{side}.conv_out", output, c, 3, 3, 3),
    ];

    private static IEnumerable<SpecTensor> Residual(string original, string diffusers, int input, int output) =>
    [
        new($"{original}.residual.0.gamma", $"{diffusers}.norm1.gamma", [input, 1, 1, 1]),
        .. Layer($"{original}.residual.2", $"{diffusers}.conv1", output, input, 3, 3, 3),
        new($"{original}.residual.3.gamma", $"{diffusers}.norm2.gamma", [output, 1, 1, 1]),
        .. Layer($"{original}.residual.6", $"{diffusers}.conv2", output, output, 3, 3, 3),
        .. input == output ? [] : Layer($"{original}.shortcut", $"{diffusers}.conv_shortcut", output, input, 1, 1, 1),
    ];

    private static IEnumerable<SpecTensor> Resample(string original, string diffusers, int input, int output, int timeOutput = 0) =>
    [
        .. Layer($"{original}.resample.1", $"{diffusers}.resample.1", output, input, 3, 3),
        .. timeOutput == 0 ? [] : Layer($"{original}.time_conv", $"{diffusers}.time_conv", timeOutput, input, 3, 1, 1),
    ];

    private static SpecTensor[] Layer(string original, string diffusers, params int[] shape) =>
        [new($"{original}.weight", $"{diffusers}.weight", shape), new($"{original}.bias", $"{diffusers}.bias", [shape[0]])];
}
