namespace LoadLab.Tensors;

public sealed unsafe partial class CpuBackend
{
    public ConvolutionWeight PrepareConvolution(
        int outChannels, int inChannels, int kernelTime, int kernelHeight, int kernelWidth, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ElementType type = ElementType.Float32)
    {
        RefuseNarrow(type);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kernelTime);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kernelHeight);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kernelWidth);
        var taps = checked(kernelTime * kernelHeight * kernelWidth);
        CheckWeight(weight.Length, bias.Length, outChannels, inChannels, taps);
        return new CpuConvolutionWeight(inChannels, outChannels, kernelTime, kernelHeight, kernelWidth, Pack(weight, bias, outChannels, inChannels, taps));
    }

    public Tensor Convolution(Tensor x, ConvolutionWeight weight, int padTimeBefore, int padHeight, int padWidth)
    {
        var own = weight as CpuConvolutionWeight ?? throw new ArgumentException("the weight belongs to another backend");
        var shape = x.Shape;
        Require.Rank(shape, 5, "(B, T, H, W, C)");
        Require.That(shape[4] == weight.InChannels, $"the last axis must be {weight.InChannels}", shape);
        ArgumentOutOfRangeException.ThrowIfNegative(padTimeBefore);
        ArgumentOutOfRangeException.ThrowIfNegative(padHeight);
        ArgumentOutOfRangeException.ThrowIfNegative(padWidth);
        var time = shape[1] + padTimeBefore - weight.KernelTime + 1;
        var height = shape[2] + 2 * padHeight - weight.KernelHeight + 1;
        var width = shape[3] + 2 * padWidth - weight.KernelWidth + 1;
        Require.That(time >= 1 && height >= 1 && width >= 1, "the padded input must be at least as large as the kernel", shape, new Shape(weight.KernelTime, weight.KernelHeight, weight.KernelWidth));
        var y = Allocate(new Shape(shape[0], time, height, width, weight.OutChannels));
        try
        {
            if (weight.KernelTime * weight.KernelHeight * weight.KernelWidth == 1 && padTimeBefore + padHeight + padWidth == 0)
            {
                Multiply(Data(x), shape.Count / shape[4], own.Panels, y.Pointer, Activation.None);
            }
            else
            {
                using var run = new ConvolutionRun(this, Data(x), shape, own, y, padTimeBefore, padHeight, padWidth);
                run.Execute();
            }

            return y;
        }
        catch
        {
            y.Dispose();
            throw;
        }
    }
}
