using LoadLab.Model.Safetensors;

namespace LoadLab.Model.Weights;

/// <summary>The tensors of one or several mapped safetensors files under one set of names.</summary>
public sealed class WeightStore : IDisposable
{
    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, (SafetensorsFile File, SafetensorsEntry Entry)> _tensors = new(StringComparer.Ordinal);

    private WeightStore()
    {
    }

    /// <summary>Opens a file, or every *.safetensors of a folder and of the folders directly in it; a name may occur once.</summary>
    /// <exception cref="WeightsException">No file there, or a name in two files.</exception>
    /// <exception cref="SafetensorsException">A file was refused.</exception>
    public static WeightStore Open(string path) => Open(path, except: []);

    /// <summary>The same, leaving out folders of these names.</summary>
    internal static WeightStore Open(string path, string[] except)
    {
        var store = new WeightStore();
        try
        {
            foreach (var file in Files(path, except))
            {
                store.Add(SafetensorsFile.Open(file));
            }
        }
        catch
        {
            store.Dispose();
            throw;
        }

        return store;
    }

    /// <summary>The files <see cref="Open"/> would read, in ordinal order.</summary>
    /// <exception cref="WeightsException">None there; the message says what was found instead.</exception>
    public static IReadOnlyList<string> Files(string path) => Files(path, except: []);

    private static IReadOnlyList<string> Files(string path, string[] except)
    {
        if (File.Exists(path))
        {
            return path.EndsWith(".pth", StringComparison.OrdinalIgnoreCase) ? throw Refuse(PickleProblem(path)) : [path];
        }

        if (!Directory.Exists(path))
        {
            throw Refuse($"{path}: no such file or folder; give a folder with *.safetensors files");
        }

        string[] folders = [path, .. Directory.GetDirectories(path).Where(folder => !except.Contains(Path.GetFileName(folder)))];
        var files = folders.SelectMany(folder => Directory.GetFiles(folder, "*.safetensors")).Order(StringComparer.Ordinal).ToArray();
        if (files.Length > 0)
        {
            return files;
        }

        var pickle = folders.SelectMany(folder => Directory.GetFiles(folder, "*.pth")).Order(StringComparer.Ordinal).FirstOrDefault();
        throw Refuse(pickle is null ? $"{path}: no *.safetensors file in it" : PickleProblem(pickle));
    }

    public void Dispose() => _files.ForEach(file => file.Dispose());

    internal static WeightStore Of(SafetensorsFile file)
    {
        var store = new WeightStore();
        store.Add(file);
        return store;
    }

    /// <summary>The tensors that begin with a prefix; under the names of a layout when the store holds its marker.</summary>
    internal StoredWeights View(string prefix = "", TensorNaming? naming = null) =>
        new(this, prefix, naming is not null && _tensors.ContainsKey(prefix + naming.Marker) ? naming : null);

    internal bool TryFind(string name, out SafetensorsFile file, out SafetensorsEntry entry)
    {
        var found = _tensors.TryGetValue(name, out var tensor);
        (file, entry) = tensor;
        return found;
    }

    private void Add(SafetensorsFile file)
    {
        _files.Add(file);
        foreach (var (name, entry) in file.Entries)
        {
            if (!_tensors.TryAdd(name, (file, entry)))
            {
                throw Refuse($"{file.Name}: tensor '{name}' is also in {_tensors[name].File.Name}; keep one of the files");
            }
        }
    }

    private static WeightsException Refuse(string problem) => new([problem]);

    private static string PickleProblem(string path) =>
        $"{path}: .pth is a Python pickle and is not read; convert it to {Path.GetFileNameWithoutExtension(path)}.safetensors";
}
