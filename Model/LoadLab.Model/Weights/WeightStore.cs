using LoadLab.Model.Safetensors;

namespace LoadLab.Model.Weights;

/// <summary>The tensors of one set of mapped safetensors files.</summary>
internal sealed class WeightStore : IDisposable
{
    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, (SafetensorsFile File, SafetensorsEntry Entry)> _tensors = new(StringComparer.Ordinal);

    private WeightStore()
    {
    }

    /// <summary>Every name of it.</summary>
    public IEnumerable<string> Names => _tensors.Keys;

    /// <summary>The files, mapped.</summary>
    public IReadOnlyList<SafetensorsFile> Files => _files;

    /// <summary>Opens one file.</summary>
    /// <exception cref="SafetensorsException">It was refused.</exception>
    public static WeightStore Open(string file) => Of(SafetensorsFile.Open(file));

    public static WeightStore Of(SafetensorsFile file)
    {
        var store = new WeightStore();
        store._files.Add(file);
        foreach (var (name, entry) in file.Entries)
        {
            store._tensors.Add(name, (file, entry));
        }

        return store;
    }

    /// <summary>Opens a set. Every file that is refused, every tensor in two of them or not where the index says it is becomes a problem; null then.</summary>
    public static WeightStore? TryOpen(FileSet set, List<string> problems)
    {
        var store = new WeightStore();
        var before = problems.Count;
        foreach (var path in set.Files)
        {
            try
            {
                store.Add(SafetensorsFile.Open(path), set.Index, problems);
            }
            catch (SafetensorsException e)
            {
                problems.Add(e.Message);
            }
        }

        if (problems.Count == before)
        {
            return store;
        }

        store.Dispose();
        return null;
    }

    /// <summary>The tensors that begin with a prefix, under the names of a layout; original names when there is none.</summary>
    public StoredWeights View(string prefix = "", TensorNaming? layout = null) => new(this, prefix, layout);

    public bool TryFind(string name, out SafetensorsFile file, out SafetensorsEntry entry)
    {
        var found = _tensors.TryGetValue(name, out var tensor);
        (file, entry) = tensor;
        return found;
    }

    public void Dispose() => _files.ForEach(file => file.Dispose());

    private void Add(SafetensorsFile file, ShardIndex? index, List<string> problems)
    {
        _files.Add(file);
        foreach (var name in index?.TensorsOf(Path.GetFileName(file.Name)) ?? file.Entries.Keys)
        {
            if (!file.Entries.TryGetValue(name, out var entry))
            {
                problems.Add($"{file.Name}: tensor '{name}' is not in it, though {Path.GetFileName(index!.Path)} says so");
            }
            else if (!_tensors.TryAdd(name, (file, entry)))
            {
                problems.Add($"{file.Name}: tensor '{name}' is also in {_tensors[name].File.Name}; keep one of the files");
            }
        }
    }
}
