using LoadLab.Tensors;

namespace LoadLab.Model.Weights;

/// <summary>Writes one row's values.</summary>
internal delegate void RowReader(int row, Span<float> values);

/// <summary>
/// A table (rows, width) too large to be copied whole to the device, such as umT5's token embedding of 3.9 GiB in float32: its rows are read when a prompt needs them,
/// and the last read are kept.
/// </summary>
internal sealed class RowTable(int rows, int width, RowReader read)
{
    /// <summary>Four prompts of full length; 32 MiB at full width.</summary>
    internal const int MaxKept = 2048;

    private readonly Dictionary<int, float[]> _kept = [];

    internal int Kept => _kept.Count;

    /// <summary>Rows by index on the backend: (indices.Length, width). An index out of range throws.</summary>
    public Tensor Gather(ITensorBackend backend, ReadOnlySpan<int> indices)
    {
        var values = new float[checked(indices.Length * width)];
        for (var i = 0; i < indices.Length; i++)
        {
            Row(indices[i]).CopyTo(values, i * width);
        }

        return backend.FromHost(new Shape(indices.Length, width), values);
    }

    private float[] Row(int row)
    {
        if (row < 0 || row >= rows)
        {
            throw new ArgumentException($"row {row} does not exist; the table has {rows}");
        }

        if (!_kept.TryGetValue(row, out var values))
        {
            values = new float[width];
            read(row, values);
            Keep(row, values);
        }

        return values;
    }

    // Prompts share most of their rows, and all share the negative prompt's: starting over now and then costs little.
    private void Keep(int row, float[] values)
    {
        if (_kept.Count == MaxKept)
        {
            _kept.Clear();
        }

        _kept.Add(row, values);
    }
}
