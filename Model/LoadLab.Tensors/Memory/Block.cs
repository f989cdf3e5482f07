namespace LoadLab.Tensors;

/// <summary>A counted piece of the arena, shared by a tensor and the views on it; it goes back when the last of them is disposed.</summary>
internal sealed unsafe class Block(Arena arena, float* pointer, long bytes, IDisposable? owner) : IDisposable
{
    private int _references = 1;

    public float* Pointer { get; } = pointer;

    public long Bytes { get; } = bytes;

    public bool IsMapped => owner is not null;

    public Block Share()
    {
        Interlocked.Increment(ref _references);
        return this;
    }

    public void Dispose()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            arena.Return(this);
            owner?.Dispose();
        }
    }
}
