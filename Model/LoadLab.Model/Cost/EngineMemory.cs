using LoadLab.Tensors;

namespace LoadLab.Model.Cost;

/// <summary>
/// How an engine spends memory on one tensor, one weight, one operation. The formulas of the networks (<see cref="TextEncoderMemory"/>, <see cref="TransformerMemory"/>,
/// <see cref="VaeMemory"/>) know which tensors are live; this knows what each costs. All figures in bytes; nothing is allocated.
/// </summary>
public abstract class EngineMemory
{
    /// <summary>For a table's heading.</summary>
    public abstract string Name { get; }

    /// <summary>Types that weights can be held in, float32 first.</summary>
    public abstract IReadOnlyList<ElementType> Types { get; }

    /// <summary>The device's memory is the host's: what a host backend takes is missing there.</summary>
    public abstract bool SharesHost { get; }

    /// <summary>What the device shows for so much weight and so much working set live at once.</summary>
    public abstract long Occupied(long weightBytes, long workingBytes);

    /// <summary>One tensor.</summary>
    internal abstract long Tensor(long values, ElementType type);

    /// <summary>A linear or convolution weight (outputs, depth), with the space its bias takes or not.</summary>
    internal abstract long Weight(int outputs, long depth, bool bias, ElementType type);

    /// <summary>Beside operands and result while x (rows, depth) of type x is multiplied with a weight.</summary>
    internal abstract long Linear(long rows, int depth, int outputs, ElementType x, ElementType weight);

    /// <summary>Beside operands and result of an attention: keys (keyItems, keys, heads, headDim) under queries (items, queries, ...).</summary>
    internal abstract long Attention(long items, long queries, long keyItems, long keys, int heads, int headDim);

    /// <summary>Beside operands and result of a convolution of x (frames, height, width, input).</summary>
    internal abstract long Convolution(int frames, int height, int width, int input, int kernelTime, int padding, ElementType type);

    /// <summary>Beside operands and result of an RMS norm of so many values of a type.</summary>
    internal abstract long RmsNorm(long values, ElementType type);

    /// <summary>Beside operands and result of the VAE's norm and its activation.</summary>
    internal abstract long ChannelNorm(long values, ElementType type);

    /// <summary>Beside operands and result of a rotation.</summary>
    internal abstract long Rope(long values, int headDim, ElementType type);

    /// <summary>Beside the result of a linear layer while its GELU is taken.</summary>
    internal abstract long Gelu(long values, ElementType type);

    /// <summary>Beside both operands of a gated addition.</summary>
    internal abstract long AddGated(long values);
}
