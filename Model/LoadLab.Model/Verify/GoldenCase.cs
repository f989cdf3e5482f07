using System.Text.Json;
using LoadLab.Model.Safetensors;
using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Verify;

/// <summary>
/// A golden file being checked. A check offers what this build computes; offered tensors that the file holds are compared. Whatever output was not offered
/// and whatever input was not read fails the case: it would otherwise pass unseen.
/// </summary>
internal sealed class GoldenCase : IDisposable
{
    private readonly SafetensorsFile _file;
    private readonly WeightStore _store;
    private readonly JsonDocument _config;
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly List<string> _failures = [];

    public GoldenCase(SafetensorsFile file, ITensorBackend backend)
    {
        _file = file;
        Backend = backend;
        _store = WeightStore.Of(file);
        _config = JsonDocument.Parse(Metadata(file, "config"));
    }

    public ITensorBackend Backend { get; }

    public GoldenConfig Config => new(_config.RootElement);

    public int Compared { get; private set; }

    public double MaxAbs { get; private set; }

    public double RelativeL2 { get; private set; }

    public static string Metadata(SafetensorsFile file, string key) =>
        file.Metadata.TryGetValue(key, out var value) ? value : throw new FormatException($"the metadata has no '{key}'");

    public WeightView Weights(string prefix = "") => _store.View($"weights/{prefix}");

    public bool HasInput(string name) => _file.Entries.ContainsKey($"inputs/{name}");

    public bool Has(string fullName) => _file.Entries.ContainsKey(fullName);

    public float[] Input(string name)
    {
        var entry = Entry(name);
        var values = new float[entry.Count];
        _file.ReadFinite(entry, values);
        return values;
    }

    public long[] IntegerInput(string name) => _file.ReadIntegers(Entry(name));

    /// <summary>Extents of an input; throws unless it has that many.</summary>
    public IReadOnlyList<int> InputShape(string name, int rank)
    {
        var entry = Entry(name);
        return entry.Shape.Count == rank ? entry.Shape : throw new FormatException($"tensor 'inputs/{name}': shape {entry.ShapeText}; expected {rank} axes");
    }

    public IReadOnlyList<int> Shape(string fullName) => _file.Entries[fullName].Shape;

    /// <summary>Compares a required result with outputs/name when the file has it.</summary>
    public void Output(string name, float[] actual) => Compare($"outputs/{name}", actual);

    public void Output(string name, double[] actual) => Judge($"outputs/{name}", actual.Length, entry => Tolerances.Double(_file.ReadFloat64(entry), actual));

    public void Output(string name, long[] actual) => Judge($"outputs/{name}", actual.Length, entry => Tolerances.Integers(_file.ReadIntegers(entry), actual));

    public void Output(string name, byte[] actual) =>
        Judge($"outputs/{name}", actual.Length, entry => Tolerances.Bytes(Array.ConvertAll(_file.ReadIntegers(entry), value => (byte)value), actual));

    /// <summary>Compares an intermediate with mid/name when the file has it.</summary>
    public void Mid(string name, float[] actual) => Compare($"mid/{name}", actual);

    public void Mid(string name, long[] actual) => Judge($"mid/{name}", actual.Length, entry => Tolerances.Integers(_file.ReadIntegers(entry), actual));

    /// <summary>Compares an input that this build derives itself, when the file has it.</summary>
    public void DerivedInput(string name, float[] actual) => Compare($"inputs/{name}", actual);

    /// <summary>Fails unless the configuration, where it has that field, states what the tensors say.</summary>
    public void Stated(string field, params IReadOnlyList<int> actual)
    {
        var stated = !Config.Has(field) ? actual : Config[field].IsArray ? Config.Ints(field) : [Config.Int(field)];
        if (!stated.SequenceEqual(actual))
        {
            Fail($"'{field}' in the configuration is {SafetensorsEntry.FormatShape(stated)}, the tensors say {SafetensorsEntry.FormatShape(actual)}");
        }
    }

    /// <summary>Records a failure that is not a comparison.</summary>
    public void Fail(string failure) => _failures.Add(failure);

    /// <summary>The first failure, or null when every output was compared and every input used.</summary>
    public string? Conclude()
    {
        var names = _file.Entries.Keys.Order(StringComparer.Ordinal).ToArray();
        var unseen = names.FirstOrDefault(name => name.StartsWith("outputs/", StringComparison.Ordinal) && !_used.Contains(name));
        var unread = names.FirstOrDefault(name => name.StartsWith("inputs/", StringComparison.Ordinal) && !_used.Contains(name));
        return _failures.FirstOrDefault()
            ?? (unseen is null ? null : $"tensor '{unseen}': not computed by this build")
            ?? (unread is null ? null : $"tensor '{unread}': not used by this build")
            ?? (names.Any(name => name.StartsWith("outputs/", StringComparison.Ordinal)) ? null : "the file has no outputs/* to compare");
    }

    public void Dispose()
    {
        _config.Dispose();
        _store.Dispose();
    }

    private SafetensorsEntry Entry(string inputName)
    {
        var name = $"inputs/{inputName}";
        _used.Add(name);
        return _file.Entries.TryGetValue(name, out var entry) ? entry : throw new FormatException($"the file has no tensor '{name}'");
    }

    private void Compare(string name, float[] actual) => Judge(name, actual.Length, entry => CompareAs(entry, actual));

    private TensorComparison CompareAs(SafetensorsEntry entry, float[] actual)
    {
        if (entry.Type is SafetensorsType.I64 or SafetensorsType.I32)
        {
            return Tolerances.Integers(_file.ReadIntegers(entry), Array.ConvertAll(actual, value => (long)value));
        }

        var expected = new float[entry.Count];
        _file.ReadFloat32(entry, expected);
        return Tolerances.Single(expected, actual);
    }

    private void Judge(string name, int count, Func<SafetensorsEntry, TensorComparison> compare)
    {
        if (!_file.Entries.TryGetValue(name, out var entry))
        {
            return;
        }

        _used.Add(name);
        if (entry.Count != count)
        {
            _failures.Add($"tensor '{name}': shape {entry.ShapeText} has {entry.Count} values, this build computes {count}");
            return;
        }

        var result = compare(entry);
        Compared++;
        MaxAbs = Math.Max(MaxAbs, result.MaxAbs);
        RelativeL2 = Math.Max(RelativeL2, result.RelativeL2);
        if (result.Failure is not null)
        {
            _failures.Add($"tensor '{name}': {result.Failure}");
        }
    }
}
