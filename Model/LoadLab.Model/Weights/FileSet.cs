using System.Globalization;
using System.Text.RegularExpressions;
using LoadLab.Model.Safetensors;

namespace LoadLab.Model.Weights;

/// <summary>Safetensors files that hold one set of tensors between them: the shards of an index, numbered shards without one, or a file by itself.</summary>
/// <param name="Name">For messages: the index, the first of numbered shards, or the file.</param>
/// <param name="Files">Their paths.</param>
/// <param name="Index">Where there is one, it alone says which tensors there are and in which file.</param>
internal sealed partial record FileSet(string Name, IReadOnlyList<string> Files, ShardIndex? Index)
{
    private const string Pattern = "*.safetensors";

    public string Folder => Path.GetDirectoryName(Name) ?? "";

    /// <summary>
    /// The sets of a folder and of the folders directly in it, or of one file or index. A file numbered like the shards of an index beside it but not listed there is left alone.
    /// What is wrong is added to the problems: an index that is refused, a shard that is not there.
    /// </summary>
    public static IReadOnlyList<FileSet> Find(string path, List<string> problems)
    {
        if (File.Exists(path))
        {
            return OfFile(path, problems);
        }

        if (!Directory.Exists(path))
        {
            problems.Add($"{path}: no such file or folder; give a folder with {Pattern} files");
            return [];
        }

        return [.. Folders(path).SelectMany(folder => InFolder(folder, problems))];
    }

    /// <summary>A line for each pickled checkpoint that is not converted yet, naming the file it must be converted to.</summary>
    public static IReadOnlyList<string> Pickles(string path) => Directory.Exists(path)
        ? [.. Folders(path).SelectMany(folder => Directory.GetFiles(folder, "*.pth")).Where(file => !File.Exists(Path.ChangeExtension(file, ".safetensors"))).Order(StringComparer.Ordinal).Select(PickleProblem)]
        : [];

    private static IEnumerable<string> Folders(string path) => [path, .. Directory.GetDirectories(path).Order(StringComparer.Ordinal)];

    private static FileSet[] OfFile(string path, List<string> problems)
    {
        if (path.EndsWith(".pth", StringComparison.OrdinalIgnoreCase))
        {
            problems.Add(PickleProblem(path));
            return [];
        }

        return path.EndsWith(ShardIndex.Extension, StringComparison.OrdinalIgnoreCase) ? [.. Indexed(path, problems)] : [new FileSet(path, [path], null)];
    }

    private static List<FileSet> InFolder(string folder, List<string> problems)
    {
        var indexes = Directory.GetFiles(folder, $"*{ShardIndex.Extension}").Order(StringComparer.Ordinal);
        var sets = indexes.SelectMany(index => Indexed(index, problems)).ToList();
        var listed = sets.SelectMany(set => set.Files).ToHashSet(StringComparer.Ordinal);
        var stems = listed.Select(Stem).ToHashSet(StringComparer.Ordinal);
        bool IsStray(string file) => Shard().IsMatch(file) && stems.Contains(Stem(file));
        var others = Directory.GetFiles(folder, Pattern)
            .Where(file => !listed.Contains(file) && !IsStray(file))
            .Order(StringComparer.Ordinal)
            .GroupBy(file => (Stem(file), Total(file)));
        sets.AddRange(others.SelectMany(group => Numbered([.. group], problems)));
        return sets;
    }

    private static IEnumerable<FileSet> Indexed(string path, List<string> problems)
    {
        ShardIndex index;
        try
        {
            index = ShardIndex.Read(path);
        }
        catch (SafetensorsException e)
        {
            problems.Add(e.Message);
            return [];
        }

        var files = index.Shards.Select(shard => Path.Combine(Path.GetDirectoryName(path)!, shard)).ToArray();
        var missing = files.Where(file => !File.Exists(file)).Select(file => $"{path}: lists {Path.GetFileName(file)}, which is not there; fetch it again").ToArray();
        problems.AddRange(missing);
        return missing.Length == 0 ? [new FileSet(path, files, index)] : [];
    }

    private static IEnumerable<FileSet> Numbered(string[] files, List<string> problems)
    {
        if (files.Length == Total(files[0]))
        {
            return [new FileSet(files[0], files, null)];
        }

        problems.Add($"{files[0]}: {files.Length} of {Total(files[0])} shards are here and no index; fetch the others");
        return [];
    }

    // Of a shard the part of its name before the numbers; of any other file itself.
    private static string Stem(string file) => Shard().Match(file) is { Success: true } shard ? shard.Groups["stem"].Value : file;

    // Of a shard the count of its fellows and itself, else one.
    private static int Total(string file) => Shard().Match(file) is { Success: true } shard ? int.Parse(shard.Groups["total"].Value, CultureInfo.InvariantCulture) : 1;

    private static string PickleProblem(string path) =>
        $"{path}: .pth is a Python pickle and is not read; convert it to {Path.GetFileNameWithoutExtension(path)}.safetensors";

    [GeneratedRegex(@"^(?<stem>.*)-\d{5}-of-(?<total>\d{5})\.safetensors$", RegexOptions.CultureInvariant)]
    private static partial Regex Shard();
}
