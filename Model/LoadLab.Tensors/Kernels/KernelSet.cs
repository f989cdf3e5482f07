namespace LoadLab.Tensors;

/// <summary>
/// The kernels at one vector width. They work on ranges of rows so that a pool can share a tensor out; they check nothing: shapes are the backend's matter.
/// </summary>
internal abstract unsafe class KernelSet
{
    /// <summary>Floats in a vector.</summary>
    public abstract int Width { get; }

    /// <summary>Most rows of a register tile with one or two vectors across.</summary>
    public abstract int TileRows(int vectors);

    /// <summary>C rows [rowStart, rowStart + rows), panels [panelStart, panelEnd) of the product. Scratch holds <see cref="ProductScratch"/> floats.</summary>
    public abstract void Product(in ProductJob job, int rowStart, int rows, int panelStart, int panelEnd, float* scratch);

    /// <summary>Floats of scratch for a product of so many rows at a time.</summary>
    public abstract long ProductScratch(int rows);

    /// <summary>Pixels [start, start + count) of one padded frame, all columns.</summary>
    public abstract void Convolve(in ConvolutionJob job, int start, int count);

    /// <summary>Queries [start, start + count) of one batch item and head.</summary>
    public abstract void Attend(in AttentionJob job, int item, int head, int start, int count, float* scratch);

    /// <summary>Floats of scratch for <see cref="Attend"/>, and the most queries it takes at a time.</summary>
    public abstract long AttendScratch(in AttentionJob job);

    public abstract int AttendRows { get; }

    public abstract void LayerNorm(float* x, float* y, int rows, int width, float eps);

    /// <summary>y = y * (1 + scale) + shift on one row; either may be null.</summary>
    public abstract void Modulate(float* y, int width, float* scale, float* shift);

    /// <summary>y = y * weight + bias on each row.</summary>
    public abstract void Affine(float* y, int rows, int width, float* weight, float* bias);

    public abstract void RmsNorm(float* x, float* y, int rows, int width, float eps, float* weight);

    public abstract void ChannelNorm(float* x, float* y, int rows, int width, float* gamma, Activation activation);

    /// <summary>Tokens of (heads, headDim), with cos and sin per token (headDim / 2).</summary>
    public abstract void Rope(float* x, float* y, int tokens, int heads, int headDim, float* cos, float* sin, float* scratch);

    public abstract void Activate(float* x, float* y, long count, Activation activation);

    public abstract void Add(float* a, float* b, float* y, long count);

    public abstract void Multiply(float* a, float* b, float* y, long count);

    public abstract void Combine(float alpha, float* a, float beta, float* b, float* y, long count);

    public abstract void Clamp(float* x, float* y, long count, float low, float high);

    /// <summary>x += y * gate on one row.</summary>
    public abstract void AddGated(float* x, float* y, float* gate, int width);

    public static KernelSet For(VectorLevel level) => level switch
    {
        VectorLevel.Vector512 => new KernelSet<Ops512, System.Runtime.Intrinsics.Vector512<float>>(),
        VectorLevel.Vector256 => new KernelSet<Ops256, System.Runtime.Intrinsics.Vector256<float>>(),
        VectorLevel.Vector128 => new KernelSet<Ops128, System.Runtime.Intrinsics.Vector128<float>>(),
        _ => new KernelSet<OpsScalar, float>(),
    };
}
