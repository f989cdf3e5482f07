namespace LoadLab.Tensors;

public sealed unsafe partial class CpuBackend
{
    public Tensor Permute(Tensor x, ReadOnlySpan<int> order)
    {
        var shape = ShapeRules.Permuted(x.Shape, order);
        var rank = shape.Rank;
        int[] extents = [.. shape.Extents];
        int[] axes = [.. order];
        var strides = new long[rank];
        for (var i = 0; i < rank; i++)
        {
            strides[i] = Require.Count(x.Shape, axes[i] + 1, rank);
        }

        var source = Data(x);
        var y = Allocate(shape);
        if (rank == 0)
        {
            *y.Pointer = *source;
            return y;
        }

        // Axes at the end that keep their place move as one run.
        var moved = rank;
        while (moved > 0 && axes[moved - 1] == moved - 1)
        {
            moved--;
        }

        MoveRuns(source, y.Pointer, extents[..moved], strides[..moved], Require.Count(x.Shape, moved, rank));
        return y;
    }

    /// <summary>Fills the target in order with runs of the source found at the strides.</summary>
    private void MoveRuns(float* source, float* target, int[] extents, long[] strides, long run)
    {
        if (extents.Length == 0)
        {
            Copy(source, target, run);
            return;
        }

        var (outer, inner, step) = (extents[..^1], extents[^1], strides[^1]);
        long rows = 1;
        foreach (var extent in outer)
        {
            rows *= extent;
        }

        ForRanges(rows, inner * run, (start, count, _) =>
        {
            var walk = new StridedWalk(outer, strides, start);
            var to = target + start * inner * run;
            for (var r = 0L; r < count; r++, to += inner * run, walk.Next())
            {
                MoveRow(source + walk.Offset, step, to, inner, run);
            }
        });
    }

    private static void MoveRow(float* from, long step, float* to, int runs, long run)
    {
        for (var i = 0; i < runs; i++, from += step, to += run)
        {
            if (run == 1)
            {
                *to = *from;
            }
            else
            {
                Copy(from, to, run);
            }
        }
    }

    /// <summary>Offsets of the elements of a strided box in row-major order, from any of them on.</summary>
    private struct StridedWalk
    {
        private readonly int[] _extents;
        private readonly long[] _strides;
        private readonly int[] _position;

        public StridedWalk(int[] extents, long[] strides, long index)
        {
            (_extents, _strides) = (extents, strides);
            _position = new int[extents.Length];
            for (var axis = extents.Length - 1; axis >= 0; axis--)
            {
                (index, var position) = Math.DivRem(index, extents[axis]);
                _position[axis] = (int)position;
                Offset += position * strides[axis];
            }
        }

        public long Offset { get; private set; }

        public void Next()
        {
            for (var axis = _extents.Length - 1; axis >= 0; axis--)
            {
                Offset += _strides[axis];
                if (++_position[axis] < _extents[axis])
                {
                    return;
                }

                Offset -= _position[axis] * _strides[axis];
                _position[axis] = 0;
            }
        }
    }
}
