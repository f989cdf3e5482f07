using LoadLab.Model.Weights;

namespace LoadLab.Model.Diffusion;

/// <summary>Dimensions of a Wan diffusion transformer; the defaults are those shared by both Wan2.2 text-to-video models.</summary>
public sealed record DitConfig
{
    public required int Dim { get; init; }

    public required int FfnDim { get; init; }

    public required int Heads { get; init; }

    public required int Layers { get; init; }

    public required int InChannels { get; init; }

    public required int OutChannels { get; init; }

    /// <summary>Width of a text encoder row.</summary>
    public required int TextDim { get; init; }

    /// <summary>Rows of text attended to; shorter prompts are padded with rows that are attended to as well.</summary>
    public int TextLength { get; init; } = 512;

    /// <summary>Width of the timestep sinusoid.</summary>
    public int FreqDim { get; init; } = 256;

    public int PatchFrames { get; init; } = 1;

    public int PatchHeight { get; init; } = 2;

    public int PatchWidth { get; init; } = 2;

    /// <summary>Epsilon of every norm in the transformer.</summary>
    public float Epsilon { get; init; } = 1e-6f;

    public int HeadDim => Dim / Heads;

    public int PatchVolume => PatchFrames * PatchHeight * PatchWidth;

    /// <summary>Every tensor, original names (27 per block and 15).</summary>
    internal IEnumerable<TensorSpec> Tensors()
    {
        IEnumerable<TensorSpec> outer =
        [
            .. TensorSpec.Layer("patch_embedding", Dim, InChannels, PatchFrames, PatchHeight, PatchWidth),
            .. TensorSpec.Layer("text_embedding.0", Dim, TextDim),
            .. TensorSpec.Layer("text_embedding.2", Dim, Dim),
            .. TensorSpec.Layer("time_embedding.0", Dim, FreqDim),
            .. TensorSpec.Layer("time_embedding.2", Dim, Dim),
            .. TensorSpec.Layer("time_projection.1", 6 * Dim, Dim),
            new TensorSpec("head.modulation", [1, 2, Dim], WeightKind.Modulation),
            .. TensorSpec.Layer("head.head", PatchVolume * OutChannels, Dim),
        ];
        return outer.Concat(Enumerable.Range(0, Layers).SelectMany(i => Block($"blocks.{i}")));
    }

    private IEnumerable<TensorSpec> Block(string name) =>
    [
        new TensorSpec($"{name}.modulation", [1, 6, Dim], WeightKind.Modulation),
        .. Attention($"{name}.self_attn"),
        TensorSpec.Gain($"{name}.norm3.weight", Dim),
        TensorSpec.Bias($"{name}.norm3.bias", Dim),
        .. Attention($"{name}.cross_attn"),
        .. TensorSpec.Layer($"{name}.ffn.0", FfnDim, Dim),
        .. TensorSpec.Layer($"{name}.ffn.2", Dim, FfnDim),
    ];

    private IEnumerable<TensorSpec> Attention(string name) =>
    [
        .. TensorSpec.Layer($"{name}.q", Dim, Dim),
        .. TensorSpec.Layer($"{name}.k", Dim, Dim),
        .. TensorSpec.Layer($"{name}.v", Dim, Dim),
        .. TensorSpec.Layer($"{name}.o", Dim, Dim),
        TensorSpec.Gain($"{name}.norm_q.weight", Dim),
        TensorSpec.Gain($"{name}.norm_k.weight", Dim),
    ];
}
