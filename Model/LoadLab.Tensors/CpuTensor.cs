namespace LoadLab.Tensors;

/// <summary>A tensor in the arena.</summary>
internal sealed unsafe class CpuTensor(Shape shape, Block block) : Tensor(shape)
{
    private Block? _block = block;

    public Block Block => _block ?? throw new ObjectDisposedException($"tensor {Shape}");

    public float* Pointer => Block.Pointer;

    protected override void Dispose(bool disposing) => Interlocked.Exchange(ref _block, null)?.Dispose();
}
