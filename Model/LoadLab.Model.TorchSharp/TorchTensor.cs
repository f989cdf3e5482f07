using LoadLab.Tensors;
using Native = TorchSharp.torch.Tensor;

namespace LoadLab.Model.TorchSharp;

/// <summary>A tensor of libtorch: row-major and contiguous, its bytes counted while a tensor or a view of it lives.</summary>
internal sealed class TorchTensor(Shape shape, ElementType type, Native native, MemoryLease lease) : Tensor(shape)
{
    private Native? _native = native;

    public ElementType Type { get; } = type;

    public MemoryLease Lease { get; } = lease;

    public override long Bytes => Shape.Count * Type.Bytes();

    /// <exception cref="ObjectDisposedException">The tensor is disposed.</exception>
    public Native Native
    {
        get
        {
            ObjectDisposedException.ThrowIf(_native is null, typeof(Tensor));
            return _native;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _native, null) is { } native)
        {
            native.Dispose();
            Lease.Dispose();
        }
    }
}

/// <summary>weight (out, in) and bias (out) or null, both in <paramref name="type"/>.</summary>
internal sealed class TorchLinearWeight(int inFeatures, int outFeatures, ElementType type, TorchTensor weight, TorchTensor? bias) : LinearWeight(inFeatures, outFeatures)
{
    public ElementType Type { get; } = type;

    public Native Weight => weight.Native;

    public Native? Bias => bias?.Native;

    protected override void Dispose(bool disposing)
    {
        weight.Dispose();
        bias?.Dispose();
    }
}

/// <summary>weight seen as (out, in, kt, kh, kw) and laid out with channels last, as the inputs are; bias (out) or null.</summary>
internal sealed class TorchConvolutionWeight(
    int inChannels, int outChannels, int kernelTime, int kernelHeight, int kernelWidth, ElementType type, TorchTensor weight, TorchTensor? bias)
    : ConvolutionWeight(inChannels, outChannels, kernelTime, kernelHeight, kernelWidth)
{
    public ElementType Type { get; } = type;

    public bool IsPointwise { get; } = kernelTime * kernelHeight * kernelWidth == 1;

    /// <summary>Stored as (out, kt, kh, kw, in).</summary>
    public Native Weight => weight.Native;

    public Native? Bias => bias?.Native;

    protected override void Dispose(bool disposing)
    {
        weight.Dispose();
        bias?.Dispose();
    }
}
