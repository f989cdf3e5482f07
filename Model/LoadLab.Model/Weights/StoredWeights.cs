using LoadLab.Model.Safetensors;
using LoadLab.Tensors;

namespace LoadLab.Model.Weights;

/// <summary>The tensors of a store whose names begin with a prefix, asked for by their original names without it, under the names of the store's layout.</summary>
/// <param name="store">Must stay open while the view or a table of it is used.</param>
/// <param name="prefix">Before every name.</param>
/// <param name="layout">How the store renames; null when it does not.</param>
internal sealed class StoredWeights(WeightStore store, string prefix, TensorNaming? layout = null) : WeightView
{
    private float[] _weight = [];
    private float[] _bias = [];

    public override IReadOnlyList<string> Problems(IEnumerable<TensorSpec> specs) => [.. specs.Select(Problem).OfType<string>()];

    public override LinearWeight Linear(ITensorBackend backend, string name, int outFeatures, int inFeatures, bool bias, ElementType type)
    {
        var weight = Read($"{name}.weight", (long)outFeatures * inFeatures, ref _weight);
        return backend.PrepareLinear(outFeatures, inFeatures, weight, bias ? Bias(name, outFeatures) : [], type);
    }

    public override ConvolutionWeight Convolution(
        ITensorBackend backend, string name, int outChannels, int inChannels, int kernelTime, int kernelHeight, int kernelWidth, ElementType type)
    {
        var weight = Read($"{name}.weight", new Shape(outChannels, inChannels, kernelTime, kernelHeight, kernelWidth).Count, ref _weight);
        return backend.PrepareConvolution(outChannels, inChannels, kernelTime, kernelHeight, kernelWidth, weight, Bias(name, outChannels), type);
    }

    public override Tensor Tensor(ITensorBackend backend, string name, Shape shape) => backend.FromHost(shape, Read(name, shape.Count, ref _weight));

    public override RowTable Rows(string name, int rows, int width)
    {
        var (file, entry) = Find(name, (long)rows * width);
        return new RowTable(rows, width, (row, values) => file.ReadFinite(entry, (long)row * width, values));
    }

    public override void ReleaseScratch() => (_weight, _bias) = ([], []);

    /// <summary>Reads finite values into the start of <paramref name="scratch"/>, which is enlarged when too small.</summary>
    internal ReadOnlySpan<float> Read(string name, long count, ref float[] scratch)
    {
        var (file, entry) = Find(name, count);
        if (count > Array.MaxLength)
        {
            throw new WeightsException([$"{file.Name}: tensor '{entry.Name}': {count} values; this build reads at most {Array.MaxLength} in one tensor"]);
        }

        if (scratch.Length < count)
        {
            scratch = new float[count];
        }

        var values = scratch.AsSpan(0, (int)count);
        file.ReadFinite(entry, 0, values);
        return values;
    }

    private ReadOnlySpan<float> Bias(string name, int count) => Read($"{name}.bias", count, ref _bias);

    private (SafetensorsFile File, SafetensorsEntry Entry) Find(string name, long count) =>
        TryFind(name, out var file, out var entry) && entry.Count == count
            ? (file, entry)
            : throw new WeightsException([$"tensor '{Stored(name)}': expected {count} values, found {entry?.Count ?? 0}"]);

    private bool TryFind(string name, out SafetensorsFile file, out SafetensorsEntry entry) =>
        store.TryFind(Stored(name), out file, out entry) || (Alias(name) is { } alias && store.TryFind(alias, out file, out entry));

    private string Stored(string name) => prefix + (layout?.Rename(name) ?? name);

    private string? Alias(string name) => layout is not null && layout.Aliases.TryGetValue(layout.Rename(name), out var alias) ? prefix + alias : null;

    private string? Problem(TensorSpec spec)
    {
        var expected = SafetensorsEntry.FormatShape(spec.Shape);
        if (!TryFind(spec.Name, out var file, out var entry))
        {
            return $"tensor '{Stored(spec.Name)}': expected shape {expected}, found no such tensor";
        }

        if (!entry.Shape.SequenceEqual(spec.Shape))
        {
            return $"{file.Name}: tensor '{entry.Name}': expected shape {expected}, found {entry.ShapeText}";
        }

        return SafetensorsTypes.IsWeight(entry.Type) ? null : $"{file.Name}: tensor '{entry.Name}': dtype {SafetensorsTypes.Name(entry.Type)} is not read as a weight; {SafetensorsTypes.Convert}";
    }
}
