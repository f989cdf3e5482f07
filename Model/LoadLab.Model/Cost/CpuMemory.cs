using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using LoadLab.Tensors;

namespace LoadLab.Model.Cost;

/// <summary>
/// The CPU backend's arena: blocks of whole cache lines; weights packed in panels of one or two vectors of columns, the last one filled up; scratch per worker.
/// Follows <see cref="CpuBackend"/> to the byte.
/// </summary>
/// <param name="workers">Threads that compute.</param>
/// <param name="lanes">Floats in the widest vector.</param>
public sealed class CpuMemory(int workers, int lanes) : EngineMemory
{
    private const int Alignment = 64;
    private const int ProductRows = 48;
    private const int ProductStride = 512 + 16;
    private const int TileRows = 12;
    private const int AttendRows = 48;
    private const int LogitStride = 256 + 16;

    /// <summary>With this processor's vectors.</summary>
    public CpuMemory(int workers)
        : this(workers, WidestVector())
    {
    }

    public override string Name => "cpu, float32";

    public override IReadOnlyList<ElementType> Types { get; } = [ElementType.Float32];

    public override bool SharesHost => true;

    public override long Occupied(long weightBytes, long workingBytes) => weightBytes + workingBytes;

    internal override long Tensor(long values, ElementType type) => Block(values);

    internal override long Weight(int outputs, long depth, bool bias, ElementType type)
    {
        var padded = PanelCount(outputs) * (long)PanelColumns(outputs);
        return Block(padded * depth) + (bias ? Block(padded) : 0);
    }

    // A copy of some rows' slice of the depth for each worker that has work.
    internal override long Linear(long rows, int depth, int outputs, ElementType x, ElementType weight)
    {
        var each = (Math.Min(rows, ProductRows) + TileRows) * ProductStride;
        var rowTasks = (rows + ProductRows - 1) / ProductRows;
        var sharesColumns = workers > 1 && rowTasks < 4L * workers && (double)rows * depth * outputs >= 1e6;
        var columnTasks = sharesColumns ? Math.Min(PanelCount(outputs), 2 * workers) : 1;
        return Block(each * (rowTasks * columnTasks > 1 ? workers : 1));
    }

    // Keys and values laid out again, head by head; queries, a block of logits and sums for each worker.
    internal override long Attention(long items, long queries, long keyItems, long keys, int heads, int headDim)
    {
        var valueColumns = Padded(headDim, (headDim <= lanes ? 1 : 2) * lanes);
        var packed = (Padded(keys, 2L * lanes) * headDim) + (valueColumns * keys);
        var scratch = AttendRows * (headDim + 16 + LogitStride + valueColumns + 2);
        return Block(packed * keyItems * heads) + Block(scratch * workers);
    }

    // A ring of as many zero-bordered frames as the kernel is long in time.
    internal override long Convolution(int frames, int height, int width, int input, int kernelTime, int padding, ElementType type)
    {
        var pixel = input + (input % 64 == 0 ? 16 : 0);
        var frame = (long)(height + (2 * padding)) * (width + (2 * padding)) * pixel;
        return Block((frame * kernelTime) + (16L * pixel));
    }

    internal override long RmsNorm(long values, ElementType type) => 0;

    internal override long ChannelNorm(long values, ElementType type) => 0;

    internal override long Rope(long values, int headDim, ElementType type) => Block(2L * headDim * workers);

    internal override long Gelu(long values, ElementType type) => 0;

    internal override long AddGated(long values) => 0;

    private static long Block(long floats) => Math.Max(1, ((floats * sizeof(float)) + Alignment - 1) / Alignment) * Alignment;

    private static long Padded(long count, long multiple) => (count + multiple - 1) / multiple * multiple;

    // The narrowest vector that holds all columns, else the widest; two of them across when one does not do.
    private int PanelColumns(int outputs)
    {
        var width = Math.Min(4, lanes);
        while (width < outputs && width < lanes)
        {
            width *= 2;
        }

        return outputs <= width ? width : 2 * width;
    }

    private int PanelCount(int outputs) => (outputs + PanelColumns(outputs) - 1) / PanelColumns(outputs);

    private static int WidestVector() =>
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? 16 :
        Vector256.IsHardwareAccelerated && Avx2.IsSupported ? 8 :
        Vector128.IsHardwareAccelerated ? 4 : 1;
}
