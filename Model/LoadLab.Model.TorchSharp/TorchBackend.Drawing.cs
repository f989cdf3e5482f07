using LoadLab.Tensors;
using TorchSharp;
using Native = TorchSharp.torch.Tensor;
using Torch = TorchSharp.torch;

namespace LoadLab.Model.TorchSharp;

public sealed partial class TorchBackend
{
    // The bias' own stream: 2^64 / golden ratio away from the weight's.
    private const ulong BiasStream = 0x9E3779B97F4A7C15;

    public Tensor DrawTensor(Shape shape, float mean, float deviation, ulong seed) => Draw(shape, mean, deviation, seed, ElementType.Float32);

    public LinearWeight DrawLinear(int outFeatures, int inFeatures, float weightDeviation, float? biasDeviation, ulong seed, ElementType type = ElementType.Float32)
    {
        RefuseUnsupported(type);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outFeatures);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inFeatures);
        var values = Draw(new Shape(outFeatures, inFeatures), 0, weightDeviation, seed, type);
        try
        {
            return new TorchLinearWeight(
                inFeatures, outFeatures, type, values, biasDeviation is { } deviation ? Draw(new Shape(outFeatures), 0, deviation, unchecked(seed + BiasStream), type) : null);
        }
        catch
        {
            values.Dispose();
            throw;
        }
    }

    public ConvolutionWeight DrawConvolution(
        int outChannels, int inChannels, int kernelTime, int kernelHeight, int kernelWidth, float weightDeviation, float biasDeviation, ulong seed, ElementType type = ElementType.Float32)
    {
        RefuseUnsupported(type);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outChannels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inChannels);
        _ = ShapeRules.Taps(kernelTime, kernelHeight, kernelWidth);
        var values = Draw(new Shape(outChannels, kernelTime, kernelHeight, kernelWidth, inChannels), 0, weightDeviation, seed, type);
        try
        {
            return new TorchConvolutionWeight(
                inChannels, outChannels, kernelTime, kernelHeight, kernelWidth, type, values, Draw(new Shape(outChannels), 0, biasDeviation, unchecked(seed + BiasStream), type));
        }
        catch
        {
            values.Dispose();
            throw;
        }
    }

    private TorchTensor Draw(Shape shape, float mean, float deviation, ulong seed, ElementType type) => Make(shape, type, () =>
    {
        using Scalar factor = deviation;
        using Scalar offset = mean;
        return Normal(Extents(shape), Scalars(type), seed).mul_(factor).add_(offset);
    });

    /// <summary>Drawn on the device in its own type. A device has one generator, which is the process' to seed; the processor takes one of our own.</summary>
    private Native Normal(long[] extents, Torch.ScalarType type, ulong seed)
    {
        if (_isCuda)
        {
            Torch.cuda.manual_seed_all(unchecked((long)seed));
            return Torch.randn(extents, type, _device);
        }

        using var generator = new Torch.Generator(seed);
        return Torch.randn(extents, type, _device, generator: generator);
    }
}
