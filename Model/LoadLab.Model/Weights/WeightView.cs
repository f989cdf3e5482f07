using LoadLab.Model.Safetensors;

namespace LoadLab.Model.Weights;

/// <summary>The tensors of a store whose names begin with a prefix, asked for by their original names without it, whichever layout the store has.</summary>
internal sealed class WeightView(WeightStore store, string prefix, TensorNaming? naming = null)
{
    private readonly TensorNaming? _layout = naming is not null && store.TryFind(prefix + naming.Marker, out _, out _) ? naming : null;

    /// <summary>Throws with every missing tensor and every shape that differs from the configuration's; reads no values.</summary>
    public void Require(IEnumerable<TensorSpec> specs)
    {
        var problems = Problems(specs);
        if (problems.Count > 0)
        {
            throw new WeightsException(problems);
        }
    }

    /// <summary>A line per missing tensor and per shape that differs; empty when all fit.</summary>
    public IReadOnlyList<string> Problems(IEnumerable<TensorSpec> specs) => [.. specs.Select(Problem).OfType<string>()];

    /// <summary>Reads finite values into the start of <paramref name="scratch"/>, which is enlarged when too small.</summary>
    public ReadOnlySpan<float> Read(string name, int count, ref float[] scratch)
    {
        if (!store.TryFind(Stored(name), out var file, out var entry) || entry.Count != count)
        {
            throw new WeightsException([$"tensor '{Stored(name)}': expected {count} values, found {entry?.Count ?? 0}"]);
        }

        if (scratch.Length < count)
        {
            scratch = new float[count];
        }

        var values = scratch.AsSpan(0, count);
        file.ReadFinite(entry, values);
        return values;
    }

    private string Stored(string name) => prefix + (_layout?.Rename(name) ?? name);

    private string? Problem(TensorSpec spec)
    {
        var expected = SafetensorsEntry.FormatShape(spec.Shape);
        if (!store.TryFind(Stored(spec.Name), out var file, out var entry))
        {
            return $"tensor '{Stored(spec.Name)}': expected shape {expected}, found no such tensor";
        }

        return entry.Shape.SequenceEqual(spec.Shape)
            ? null
            : $"{file.Name}: tensor '{entry.Name}': expected shape {expected}, found {entry.ShapeText}";
    }
}
