using LoadLab.Model.Weights;

namespace LoadLab.Model.Vae;

/// <summary>Which Wan video VAE.</summary>
public enum VaeVersion
{
    /// <summary>Of T2V-A14B: stride 4x8x8; its resampling halves the channels.</summary>
    Wan21,

    /// <summary>Of TI2V-5B: stride 4x16x16; stages with a parameter-free skip, pixels in patches of 2x2.</summary>
    Wan22,
}

/// <summary>Dimensions of a VAE's decoder. The full ones: 2.1 with base 96 and 16 latent channels, 2.2 with base 256 and 48.</summary>
public sealed record VaeConfig
{
    public required VaeVersion Version { get; init; }

    /// <summary>Decoder channels at full resolution.</summary>
    public required int BaseDim { get; init; }

    public required int LatentChannels { get; init; }

    /// <summary>Factors of the base per encoder stage; the decoder walks them backwards.</summary>
    public IReadOnlyList<int> Multipliers { get; init; } = [1, 2, 4, 4];

    /// <summary>Residual blocks per encoder stage; the decoder has one more.</summary>
    public int ResidualBlocks { get; init; } = 2;

    /// <summary>Per encoder stage transition, whether time is halved there; the decoder walks them backwards.</summary>
    public IReadOnlyList<bool> TemporalDownsample { get; init; } = [false, true, true];

    /// <summary>Pixels per side of the patch that the last channels hold.</summary>
    public int PixelPatch => Version == VaeVersion.Wan22 ? 2 : 1;

    public int OutputChannels => 3 * PixelPatch * PixelPatch;

    /// <summary>Pixels per latent row or column.</summary>
    public int SpatialStride => (1 << (Multipliers.Count - 1)) * PixelPatch;

    /// <summary>Frames per latent frame after the first.</summary>
    public int TemporalStride => 1 << TemporalDownsample.Count(flag => flag);

    /// <summary>Channels entering the first stage.</summary>
    public int TopDim => BaseDim * Multipliers[^1];

    /// <summary>Decoder stages from the latent up.</summary>
    internal IReadOnlyList<VaeStage> Stages()
    {
        var last = Multipliers.Count - 1;
        var stages = new VaeStage[Multipliers.Count];
        var flat = 0;
        for (var i = 0; i <= last; i++)
        {
            var input = i == 0 ? TopDim : BaseDim * Multipliers[last + 1 - i];
            var afterHalving = Version == VaeVersion.Wan21 && i > 0 ? input / 2 : input;
            var upsamples = i < last;
            stages[i] = new VaeStage(i, afterHalving, BaseDim * Multipliers[last - i], upsamples, upsamples && TemporalDownsample[last - 1 - i], flat);
            flat += ResidualBlocks + 1 + (upsamples ? 1 : 0);
        }

        return stages;
    }

    /// <summary>Name of the j-th part of a stage: a nested list in 2.2, a flat one in 2.1.</summary>
    internal string PartName(VaeStage stage, int part) => Version == VaeVersion.Wan22
        ? $"decoder.upsamples.{stage.Index}.upsamples.{part}"
        : $"decoder.upsamples.{stage.FlatStart + part}";

    /// <summary>Every tensor of decoding, original names.</summary>
    internal IEnumerable<TensorSpec> Tensors() =>
    [
        .. TensorSpec.Layer("conv2", LatentChannels, LatentChannels, 1, 1, 1),
        .. TensorSpec.Layer("decoder.conv1", TopDim, LatentChannels, 3, 3, 3),
        .. VaeResidualBlock.Tensors("decoder.middle.0", TopDim, TopDim),
        .. VaeMiddleAttention.Tensors("decoder.middle.1", TopDim),
        .. VaeResidualBlock.Tensors("decoder.middle.2", TopDim, TopDim),
        .. Stages().SelectMany(StageTensors),
        TensorSpec.Gain("decoder.head.0.gamma", BaseDim * Multipliers[0], 1, 1, 1),
        .. TensorSpec.Layer("decoder.head.2", OutputChannels, BaseDim * Multipliers[0], 3, 3, 3),
    ];

    internal int ResampledDim(VaeStage stage) => Version == VaeVersion.Wan21 ? stage.Output / 2 : stage.Output;

    private IEnumerable<TensorSpec> StageTensors(VaeStage stage)
    {
        var blocks = Enumerable.Range(0, ResidualBlocks + 1)
            .SelectMany(j => VaeResidualBlock.Tensors(PartName(stage, j), j == 0 ? stage.Input : stage.Output, stage.Output));
        return stage.Upsamples ? blocks.Concat(VaeResample.Tensors(PartName(stage, ResidualBlocks + 1), stage, ResampledDim(stage))) : blocks;
    }
}

/// <summary>One decoder stage: residual blocks Input to Output channels, then perhaps upsampling in space, perhaps in time as well.</summary>
internal sealed record VaeStage(int Index, int Input, int Output, bool Upsamples, bool UpsamplesTime, int FlatStart);
