namespace LoadLab.Tensors;

/// <summary>
/// The engine on a processor: float32 kernels for the vector width the machine has, a small pool of threads, and an arena that counts every byte, weights and
/// scratch included. Results are the same bits whatever the thread count.
/// </summary>
public sealed unsafe partial class CpuBackend : ITensorBackend
{
    // About this many elements (or a few thousand multiply-adds) make a task worth handing to another thread.
    private const int TaskElements = 16 * 1024;

    private readonly Arena _arena;
    private readonly WorkerPool _pool;
    private readonly VectorLevel _level;
    private readonly KernelSet _wide;
    private readonly KernelSet[] _narrower;
    private bool _disposed;

    /// <param name="capacityBytes">Most bytes live at once; past it operations throw <see cref="OutOfDeviceMemoryException"/>.</param>
    /// <param name="threads">Threads that compute, the caller's among them.</param>
    public CpuBackend(long capacityBytes, int threads)
        : this(capacityBytes, threads, VectorLevels.Best)
    {
    }

    internal CpuBackend(long capacityBytes, int threads, VectorLevel level)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        _arena = new Arena(capacityBytes);
        _pool = new WorkerPool(threads);
        _level = level;
        _wide = KernelSet.For(level);
        _narrower = [.. Enum.GetValues<VectorLevel>().Where(l => l < level && l != VectorLevel.Scalar).Select(KernelSet.For), _wide];
    }

    public string Name => $"cpu ({_pool.Workers} {(_pool.Workers == 1 ? "thread" : "threads")}, {VectorLevels.Name(_level)})";

    public IDeviceMemory Memory => _arena;

    internal Arena Arena => _arena;

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _pool.Dispose();
            _arena.Dispose();
        }
    }

    /// <summary>The narrowest kernels that hold a row of so many floats in one vector, else the widest: short rows waste fewer lanes.</summary>
    private KernelSet KernelsFor(int width)
    {
        foreach (var kernels in _narrower)
        {
            if (kernels.Width >= width)
            {
                return kernels;
            }
        }

        return _wide;
    }

    private CpuTensor Allocate(Shape shape) => new(shape, _arena.Rent(shape.Count));

    private static CpuTensor Own(Tensor tensor) => tensor as CpuTensor ?? throw new ArgumentException($"tensor {tensor.Shape} belongs to another backend");

    private static float* Data(Tensor tensor) => Own(tensor).Pointer;

    /// <summary>Runs body(start, count, worker) over [0, total) in pieces of equal size; the pieces depend on the sizes only.</summary>
    private void ForRanges(long total, long elementsEach, Action<long, long, int> body)
    {
        var size = Math.Max(1, TaskElements / Math.Max(1, elementsEach));
        var tasks = checked((int)((total + size - 1) / size));
        _pool.Run(tasks, (task, worker) => body(task * size, Math.Min(size, total - task * size), worker));
    }
}
