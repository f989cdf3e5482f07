namespace LoadLab.Tensors;

public sealed unsafe partial class CpuBackend
{
    // Rows of a task: their slice of 512 of the depth is about 100 KiB and stays in the second-level cache; small enough that threads end together.
    private const int ProductRows = 48;

    public LinearWeight PrepareLinear(int outFeatures, int inFeatures, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ElementType type = ElementType.Float32)
    {
        RefuseNarrow(type);
        ShapeRules.Weight(weight.Length, bias.Length, outFeatures, inFeatures, 1);
        return new CpuLinearWeight(inFeatures, outFeatures, Pack(weight, bias, outFeatures, inFeatures, 1));
    }

    public Tensor Linear(Tensor x, LinearWeight weight, Activation activation = Activation.None)
    {
        var panels = (weight as CpuLinearWeight ?? throw new ArgumentException("the weight belongs to another backend")).Panels;
        Require.That(x.Shape.Rank > 0 && x.Shape[-1] == panels.Depth, $"the last axis must be {panels.Depth}", x.Shape);
        int[] extents = [.. x.Shape.Extents];
        extents[^1] = panels.TotalColumns;
        var y = Allocate(new Shape(extents));
        try
        {
            Multiply(Data(x), x.Shape.Count / panels.Depth, panels, y.Pointer, activation);
            return y;
        }
        catch
        {
            y.Dispose();
            throw;
        }
    }

    /// <summary>y (rows, columns) = activation(x (rows, depth) * panels + bias).</summary>
    private void Multiply(float* x, long rows, Panels panels, float* y, Activation activation)
    {
        var job = new ProductJob
        {
            A = x, AStride = panels.Depth, Right = panels, C = y, CStride = panels.TotalColumns, Activation = activation,
        };
        var height = (int)Math.Min(rows, ProductRows);
        var rowTasks = (int)((rows + ProductRows - 1) / ProductRows);
        var columnTasks = ColumnTasks(rows, rowTasks, panels);
        var scratchEach = panels.Kernels.ProductScratch(height);
        using var scratch = _arena.Rent(scratchEach * (rowTasks * columnTasks > 1 ? _pool.Workers : 1));
        var memory = scratch.Pointer;
        _pool.Run(rowTasks * columnTasks, (task, worker) =>
        {
            var (row, column) = (task % rowTasks, task / rowTasks);
            var firstPanel = (int)((long)panels.Count * column / columnTasks);
            var lastPanel = (int)((long)panels.Count * (column + 1) / columnTasks);
            var start = row * ProductRows;
            panels.Kernels.Product(job, start, (int)Math.Min(ProductRows, rows - start), firstPanel, lastPanel, memory + worker * scratchEach);
        });
    }

    /// <summary>Columns are shared out only where rows alone do not keep every thread busy; an element's arithmetic is the same either way.</summary>
    private int ColumnTasks(long rows, int rowTasks, Panels panels)
    {
        var work = (double)rows * panels.Depth * panels.TotalColumns;
        return _pool.Workers == 1 || rowTasks >= 4 * _pool.Workers || work < 1e6 ? 1 : Math.Min(panels.Count, 2 * _pool.Workers);
    }

    // Float32 is what the processors at hand multiply fast; a narrower weight would be widened at every use.
    private static void RefuseNarrow(ElementType type)
    {
        if (type != ElementType.Float32)
        {
            throw new NotSupportedException($"the cpu backend holds weights as float32 only, not {type}");
        }
    }

    /// <summary>weight (columns, inputs, taps) becomes panels of depth (taps, inputs).</summary>
    private Panels Pack(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, int columns, int inputs, int taps)
    {
        var kernels = KernelsFor(columns);
        var vectors = columns <= kernels.Width ? 1 : 2;
        var across = vectors * kernels.Width;
        var count = (columns + across - 1) / across;
        var depth = inputs * taps;
        var values = _arena.Rent((long)count * across * depth);
        Block? biases = null;
        try
        {
            biases = bias.IsEmpty ? null : _arena.Rent(count * across);
        }
        catch
        {
            values.Dispose();
            throw;
        }

        Clear(values.Pointer, (long)count * across * depth);
        for (var column = 0; column < columns; column++)
        {
            var target = values.Pointer + (long)(column / across) * depth * across + column % across;
            var source = weight.Slice(column * depth, depth);
            for (var i = 0; i < inputs; i++)
            {
                for (var t = 0; t < taps; t++)
                {
                    target[(long)(t * inputs + i) * across] = source[i * taps + t];
                }
            }
        }

        if (biases is not null)
        {
            Clear(biases.Pointer, count * across);
            bias.CopyTo(new Span<float>(biases.Pointer, columns));
        }

        return new Panels(kernels, vectors, depth, columns, values, biases);
    }
}
