using System.Runtime.InteropServices;
using LoadLab.Tensors;
using Native = TorchSharp.torch.Tensor;
using Torch = TorchSharp.torch;

namespace LoadLab.Model.TorchSharp;

public sealed partial class TorchBackend
{
    // A span of bytes reaches 2 GiB; larger tensors cross in pieces.
    private const int PieceElements = 1 << 28;

    public Tensor Zeros(Shape shape) => Make(shape, ElementType.Float32, () => Torch.zeros(Extents(shape), Torch.ScalarType.Float32, _device));

    public Tensor FromHost(Shape shape, ReadOnlySpan<float> values)
    {
        Require.That(values.Length == shape.Count, $"{values.Length} values were given for the shape", shape);
        return Upload(shape, values, ElementType.Float32);
    }

    public void ToHost(Tensor tensor, Span<float> destination)
    {
        var source = Own(tensor);
        Require.That(destination.Length == tensor.Shape.Count, $"the destination holds {destination.Length} values", tensor.Shape);
        using var host = Scoped(tensor.Bytes, () => source.Native.to(Torch.ScalarType.Float32, Torch.CPU).view(-1).DetachFromDisposeScope());
        for (var start = 0; start < destination.Length; start += PieceElements)
        {
            var piece = destination.Slice(start, Math.Min(PieceElements, destination.Length - start));
            using var part = host.narrow(0, start, piece.Length);
            part.bytes.CopyTo(MemoryMarshal.AsBytes(piece));
        }
    }

    public LinearWeight PrepareLinear(int outFeatures, int inFeatures, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ElementType type = ElementType.Float32)
    {
        RefuseUnsupported(type);
        ShapeRules.Weight(weight.Length, bias.Length, outFeatures, inFeatures, 1);
        var values = Upload(new Shape(outFeatures, inFeatures), weight, type);
        try
        {
            return new TorchLinearWeight(inFeatures, outFeatures, type, values, bias.IsEmpty ? null : Upload(new Shape(outFeatures), bias, type));
        }
        catch
        {
            values.Dispose();
            throw;
        }
    }

    public ConvolutionWeight PrepareConvolution(
        int outChannels, int inChannels, int kernelTime, int kernelHeight, int kernelWidth, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ElementType type = ElementType.Float32)
    {
        RefuseUnsupported(type);
        ShapeRules.Weight(weight.Length, bias.Length, outChannels, inChannels, ShapeRules.Taps(kernelTime, kernelHeight, kernelWidth));
        using var given = Staged(new Shape(outChannels, inChannels, kernelTime, kernelHeight, kernelWidth), weight);
        var values = Make(
            new Shape(outChannels, kernelTime, kernelHeight, kernelWidth, inChannels), type, () => given.to(Scalars(type), _device).permute(0, 2, 3, 4, 1));
        try
        {
            return new TorchConvolutionWeight(
                inChannels, outChannels, kernelTime, kernelHeight, kernelWidth, type, values, bias.IsEmpty ? null : Upload(new Shape(outChannels), bias, type));
        }
        catch
        {
            values.Dispose();
            throw;
        }
    }

    private void RefuseUnsupported(ElementType type)
    {
        if (!Supports(type))
        {
            throw new NotSupportedException($"{Name} cannot hold and multiply weights as {type}");
        }
    }

    private TorchTensor Upload(Shape shape, ReadOnlySpan<float> values, ElementType type)
    {
        using var host = Staged(shape, values);
        return Make(shape, type, () => host.to(Scalars(type), _device));
    }

    /// <summary>The values in libtorch's own host memory, whence they are converted and sent.</summary>
    private Native Staged(Shape shape, ReadOnlySpan<float> values)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var host = Scoped(shape.Count * sizeof(float), () => Torch.empty(Extents(shape), Torch.ScalarType.Float32, Torch.CPU).DetachFromDisposeScope());
        using var flat = host.view(-1);
        for (var start = 0; start < values.Length; start += PieceElements)
        {
            var piece = values.Slice(start, Math.Min(PieceElements, values.Length - start));
            using var part = flat.narrow(0, start, piece.Length);
            MemoryMarshal.AsBytes(piece).CopyTo(part.bytes);
        }

        return host;
    }

    private Native Index(ReadOnlySpan<int> values)
    {
        var index = new long[values.Length];
        for (var i = 0; i < index.Length; i++)
        {
            index[i] = values[i];
        }

        return Index(index);
    }

    private Native Index(long[] values) => Torch.tensor(values, Torch.ScalarType.Int64, _device);
}
