namespace LoadLab.Tensors;

public sealed unsafe partial class CpuBackend
{
    public Tensor Zeros(Shape shape)
    {
        var tensor = Allocate(shape);
        Clear(tensor.Pointer, shape.Count);
        return tensor;
    }

    public Tensor FromHost(Shape shape, ReadOnlySpan<float> values)
    {
        Require.That(values.Length == shape.Count, $"{values.Length} values were given for the shape", shape);
        var tensor = Allocate(shape);
        values.CopyTo(new Span<float>(tensor.Pointer, values.Length));
        return tensor;
    }

    /// <summary>
    /// A tensor over memory that someone else owns, such as a mapped weight file: nothing is copied, the bytes count against the capacity while it lives, and the
    /// owner is disposed with the last view of it. The memory must hold the whole shape and must not be written.
    /// </summary>
    public Tensor FromMapped(Shape shape, nint address, IDisposable? owner)
    {
        ArgumentOutOfRangeException.ThrowIfZero(address);
        return new CpuTensor(shape, _arena.Adopt(address, checked(shape.Count * sizeof(float)), owner));
    }

    public void ToHost(Tensor tensor, Span<float> destination)
    {
        Require.That(destination.Length == tensor.Shape.Count, $"the destination holds {destination.Length} values", tensor.Shape);
        new ReadOnlySpan<float>(Data(tensor), destination.Length).CopyTo(destination);
    }

    private static void Clear(float* p, long count)
    {
        System.Runtime.InteropServices.NativeMemory.Clear(p, checked((nuint)count * sizeof(float)));
    }

    private static void Copy(float* from, float* to, long count) => Buffer.MemoryCopy(from, to, count * sizeof(float), count * sizeof(float));
}
