namespace LoadLab.Tensors;

/// <summary>
/// A right-hand matrix (depth, columns) cut into panels of <see cref="Columns"/> columns, each panel contiguous as (depth, Columns), the last one
/// filled up with zeros; and a bias filled up likewise. The kernels that packed it are the ones that read it.
/// </summary>
internal sealed unsafe class Panels(KernelSet kernels, int vectors, int depth, int columns, Block values, Block? bias) : IDisposable
{
    private Block? _values = values;
    private Block? _bias = bias;

    public KernelSet Kernels { get; } = kernels;

    /// <summary>Vectors across a panel: 1 or 2.</summary>
    public int Vectors { get; } = vectors;

    public int Depth { get; } = depth;

    public int TotalColumns { get; } = columns;

    public int Columns => Vectors * Kernels.Width;

    public int Count => (TotalColumns + Columns - 1) / Columns;

    public float* Values => (_values ?? throw new ObjectDisposedException("weight")).Pointer;

    public float* Bias => _bias is null ? null : _bias.Pointer;

    public void Dispose()
    {
        Interlocked.Exchange(ref _values, null)?.Dispose();
        Interlocked.Exchange(ref _bias, null)?.Dispose();
    }
}
