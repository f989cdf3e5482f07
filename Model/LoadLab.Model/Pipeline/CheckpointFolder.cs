using LoadLab.Model.Weights;

namespace LoadLab.Model.Pipeline;

/// <summary>One network of a model as looked for in a checkpoint.</summary>
/// <param name="What">For messages.</param>
/// <param name="Naming">Its names in both layouts.</param>
/// <param name="Specs">Every tensor that is read of it.</param>
/// <param name="Config">What its config.json must say.</param>
/// <param name="Usual">Where published checkpoints have it.</param>
/// <param name="Folders">Folders that hold this one of several networks of equal names; empty when it is the only one.</param>
/// <param name="Word">Or part of the file's or folder's name.</param>
internal sealed record NetworkPart(string What, TensorNaming Naming, IEnumerable<TensorSpec> Specs, CheckpointConfig Config, string Usual, string[] Folders, string Word = "");

/// <summary>
/// A folder of safetensors, searched network by network: a network is wherever its names are, whatever prefix they carry, in one set of files. Tensors that no network
/// reads, such as a VAE's encoder, are left alone. Every problem is collected; nothing is thrown.
/// </summary>
internal sealed class CheckpointFolder : IDisposable
{
    private readonly string _path;
    private readonly string _model;
    private readonly List<(FileSet Set, WeightStore Store)> _sets = [];
    private readonly List<string> _problems = [];
    private bool _isIncomplete;

    public CheckpointFolder(string path, string model)
    {
        (_path, _model) = (path, model);
        foreach (var set in FileSet.Find(path, _problems))
        {
            if (WeightStore.TryOpen(set, _problems) is { } store)
            {
                _sets.Add((set, store));
            }
        }
    }

    /// <summary>So far; the pickled files are among them when a network was not found.</summary>
    public IReadOnlyList<string> Problems => _isIncomplete ? [.. _problems, .. FileSet.Pickles(_path)] : _problems;

    /// <summary>The network's tensors, or null when it is not there once; names, shapes, types and the configuration are checked.</summary>
    public WeightView? Find(NetworkPart part)
    {
        var places = _sets.Where(pair => IsFor(pair.Set, part))
            .SelectMany(pair => part.Naming.Places(pair.Store.Names).Select(place => (pair.Set, pair.Store, place.Prefix, place.Layout)))
            .ToList();
        places.RemoveAll(place => place.Set.Index is null && places.Exists(other => other.Set.Index is not null && other.Set.Folder == place.Set.Folder));
        if (places.Count != 1)
        {
            Refuse(part, [.. places.Select(place => place.Prefix.Length == 0 ? place.Set.Name : $"{place.Set.Name} (names beginning with '{place.Prefix}')")]);
            return null;
        }

        var (set, store, prefix, layout) = places[0];
        var view = store.View(prefix, layout);
        _problems.AddRange(part.Config.Problems(set.Folder, _model));
        _problems.AddRange(view.Problems(part.Specs));
        return view;
    }

    public void Dispose() => _sets.ForEach(pair => pair.Store.Dispose());

    private bool IsFor(FileSet set, NetworkPart part)
    {
        if (part.Folders.Length == 0)
        {
            return true;
        }

        var name = Path.GetRelativePath(_path, set.Name);
        return part.Folders.Contains(Path.GetDirectoryName(name)) || name.Contains(part.Word, StringComparison.Ordinal);
    }

    private void Refuse(NetworkPart part, string[] places)
    {
        _isIncomplete |= places.Length == 0;
        _problems.Add(places.Length == 0
            ? $"{_path}: no safetensors file holds the {part.What} of {_model}; expected {part.Usual}"
            : $"{_path}: the {part.What} of {_model} is in {string.Join(" and in ", places)}; keep one");
    }
}
