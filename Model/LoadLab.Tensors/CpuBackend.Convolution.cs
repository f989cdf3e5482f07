namespace LoadLab.Tensors;

public sealed unsafe partial class CpuBackend
{
    public ConvolutionWeight PrepareConvolution(
        int outChannels, int inChannels, int kernelTime, int kernelHeight, int kernelWidth, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ElementType type = ElementType.Float32)
    {
        RefuseNarrow(type);
        var taps = ShapeRules.Taps(kernelTime, kernelHeight, kernelWidth);
        ShapeRules.Weight(weight.Length, bias.Length, outChannels, inChannels, taps);
        return new CpuConvolutionWeight(inChannels, outChannels, kernelTime, kernelHeight, kernelWidth, Pack(weight, bias, outChannels, inChannels, taps));
    }

    public Tensor Convolution(Tensor x, ConvolutionWeight weight, int padTimeBefore, int padHeight, int padWidth)
    {
        var own = weight as CpuConvolutionWeight ?? throw new ArgumentException("the weight belongs to another backend");
        var shape = x.Shape;
        var y = Allocate(ShapeRules.Convolution(shape, weight, padTimeBefore, padHeight, padWidth));
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
