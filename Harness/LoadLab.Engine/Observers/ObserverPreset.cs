using System.Reflection;
using LoadLab.Core.Input;

namespace LoadLab.Engine.Observers;

/// <summary>Queries of one exporter, as data: a file of Scenarios/observers, in the build too.</summary>
/// <param name="Name">The file's name without its ending.</param>
/// <param name="Source">Where the exporter's own project documents the metric names.</param>
internal sealed record ObserverPreset(string Name, string Source, IReadOnlyList<PresetQuery> Queries)
{
    private const string Folder = "observers/";
    private const string Ending = ".yaml";
    private static readonly Assembly s_assembly = typeof(ObserverPreset).Assembly;

    /// <summary>Of the shipped ones, in order of name.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. s_assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Select(name => name[Folder.Length..^Ending.Length]).Order(StringComparer.Ordinal),
    ];

    /// <summary>A shipped preset; null when there is none of that name.</summary>
    public static ObserverPreset? Find(string name)
    {
        if (!Names.Contains(name))
        {
            return null;
        }

        using var stream = s_assembly.GetManifestResourceStream(Folder + name + Ending)!;
        using var reader = new StreamReader(stream);
        return Read(reader.ReadToEnd(), Folder + name + Ending, name);
    }

    /// <exception cref="InputException">Every problem of the file.</exception>
    internal static ObserverPreset Read(string text, string file, string name)
    {
        var problems = new Problems();
        var root = YamlDocument.ReadText(text, file, problems) is { } node ? Section.Open(node, "", problems) : null;
        var preset = root is null ? null : Bind(root, name);
        problems.ThrowIfAny();
        return preset!;
    }

    private static ObserverPreset Bind(Section root, string name)
    {
        if (root.RequiredText("name") is var own && own != name)
        {
            root.Problems.Add(root.Node, "name", own, "is not the file's name", $"write {name}");
        }

        var source = root.RequiredText("source");
        root.Text("about");
        var queries = new List<PresetQuery>();
        foreach (var (node, path) in root.Items("queries"))
        {
            if (Section.Open(node, path, root.Problems) is { } item)
            {
                var kind = ObservedKind.Bind(item);
                queries.Add(new PresetQuery(item.RequiredText("query"), kind));
                item.Close();
            }
        }

        if (queries.Count == 0)
        {
            root.Missing("queries", "[ { as: queue, query: 'jobs_waiting{$match}' } ]");
        }

        root.Close();
        return new ObserverPreset(name, source, queries);
    }
}

/// <param name="Template">PromQL in which $match stands for the matchers that a scenario gives.</param>
internal sealed record PresetQuery(string Template, ObservedKind Kind)
{
    public string With(string matchers) => Template.Replace("$match", matchers, StringComparison.Ordinal);
}
