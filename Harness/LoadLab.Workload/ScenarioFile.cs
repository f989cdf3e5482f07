using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>A scenario file. Every part of the program binds its own fields of the root; whoever opened it closes the root when all have.</summary>
public static class ScenarioFile
{
    /// <summary>The root section; null with at least one problem added when the file is not a YAML mapping.</summary>
    public static Section? Read(string path, Problems problems) =>
        YamlDocument.ReadFile(path, problems) is { } root ? Section.Open(root, "", problems) : null;

    /// <summary>The same from the text of a file that was read.</summary>
    public static Section? Parse(string text, string path, Problems problems) =>
        YamlDocument.ReadText(text, path, problems) is { } root ? Section.Open(root, "", problems) : null;
}
