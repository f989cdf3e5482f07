using LoadLab.Tensors;

namespace LoadLab.Model.Cost;

/// <summary>
/// A GPU under a tensor library with a caching allocator: weights as they are, nothing repacked. What is assumed rather than known is named here: a fixed
/// <see cref="ContextBytes"/>, a <see cref="Slack"/> over the working set for rounding, fragmentation and libraries' workspaces; an operation made of several calls
/// keeps its temporaries to its end, and they are float32; an operand wider than its weight is copied to the weight's type; a convolution holds a padded copy of its
/// input; a fused attention keeps no logits up to <see cref="MaxFusedHeadDim"/>, and beyond it two float32 matrices of them per head.
/// </summary>
/// <param name="narrow">Type of the text encoder's and transformer's layers; the VAE has it too where float32 does not fit.</param>
/// <param name="hasGelu">The library has the tanh form of GELU as one call; else it is put together from several.</param>
public sealed class GpuMemory(ElementType narrow = ElementType.BFloat16, bool hasGelu = false) : EngineMemory
{
    /// <summary>Driver context, kernels and libraries' handles.</summary>
    public const long ContextBytes = 768L << 20;

    /// <summary>Of the working set.</summary>
    public const double Slack = 0.10;

    /// <summary>Largest head that published fused attention kernels take.</summary>
    public const int MaxFusedHeadDim = 256;

    private const int Alignment = 512;

    public override string Name => $"gpu, {narrow.ToString().ToLowerInvariant()} transformer";

    public override IReadOnlyList<ElementType> Types { get; } = narrow == ElementType.Float32 ? [narrow] : [ElementType.Float32, narrow];

    public override bool SharesHost => false;

    public override long Occupied(long weightBytes, long workingBytes) => ContextBytes + weightBytes + (long)(workingBytes * (1 + Slack));

    internal override long Tensor(long values, ElementType type) => Rounded(values * type.Bytes());

    internal override long Weight(int outputs, long depth, bool bias, ElementType type) =>
        Tensor(outputs * depth, type) + (bias ? Tensor(outputs, type) : 0);

    internal override long Linear(long rows, int depth, int outputs, ElementType x, ElementType weight) =>
        x.Bytes() > weight.Bytes() ? Tensor(rows * depth, weight) : 0;

    internal override long Attention(long items, long queries, long keyItems, long keys, int heads, int headDim) =>
        headDim <= MaxFusedHeadDim ? 0 : 2 * Tensor(items * heads * queries * keys, ElementType.Float32);

    internal override long Convolution(int frames, int height, int width, int input, int kernelTime, int padding, ElementType type) =>
        Tensor((long)frames * (height + (2 * padding)) * (width + (2 * padding)) * input, type);

    // The widened input, its squares, and the product before it is rounded.
    internal override long RmsNorm(long values, ElementType type) => Wide(values) * (type == ElementType.Float32 ? 1 : 3);

    // The widened input and the normed values before they are rounded.
    internal override long ChannelNorm(long values, ElementType type) => type == ElementType.Float32 ? 0 : 2 * Wide(values);

    // The widened input and the rotated values before they are rounded.
    internal override long Rope(long values, int headDim, ElementType type) => type == ElementType.Float32 ? 0 : 2 * Wide(values);

    // The widened input, its polynomial, and the layer's own result before the rounded one takes its place.
    internal override long Gelu(long values, ElementType type) =>
        hasGelu ? Tensor(values, type) : Wide(values) + (type == ElementType.Float32 ? 0 : Wide(values) + Tensor(values, type));

    internal override long AddGated(long values) => Wide(values);

    private static long Wide(long values) => Rounded(values * sizeof(float));

    private static long Rounded(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}
