using LoadLab.Core.Input;

namespace LoadLab.Workload.Tests;

/// <summary>Where the repository's own files are, and what lies beside it on some machines.</summary>
internal static class Repository
{
    public static string Root => Checkout.Root;

    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>The scenario files that anybody can run as they are.</summary>
    public static IEnumerable<string> Scenarios => Directory.GetFiles(File("Scenarios"), "*.yaml").Concat(Directory.GetFiles(File("Scenarios", "shapes"), "*.yaml")).Concat(Directory.GetFiles(File("Scenarios", "rules"), "*.yaml"));

    /// <summary>A file of ../shared; skips the test when it is not there.</summary>
    public static string Shared(params string[] parts)
    {
        var path = Path.GetFullPath(Path.Combine([Root, "..", "shared", .. parts]));
        if (!System.IO.File.Exists(path))
        {
            Assert.Skip($"needs ../shared/{string.Join('/', parts)}, which is not part of the repository");
        }

        return path;
    }

    /// <summary>Compares with tests/golden/NAME; LOADLAB_UPDATE_GOLDEN=1 rewrites it instead.</summary>
    public static void AssertGolden(string name, string actual)
    {
        var path = File("tests", "golden", "workload", name);
        if (Environment.GetEnvironmentVariable("LOADLAB_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            System.IO.File.WriteAllText(path, actual);
        }

        Assert.Equal(System.IO.File.ReadAllText(path), actual);
    }

    /// <summary>Binds the workload of a scenario text as if it were in a file of this name; throws its problems.</summary>
    public static WorkloadOptions Bind(string yaml, string file = "scenario.yaml")
    {
        var problems = new Problems();
        var options = Bind(yaml, file, problems);
        problems.ThrowIfAny();
        return options!;
    }

    public static WorkloadOptions? Bind(string yaml, string file, Problems problems)
    {
        if (YamlDocument.ReadText(yaml, file, problems) is not { } node || Section.Open(node, "", problems) is not { } root)
        {
            return null;
        }

        var options = WorkloadOptions.Bind(root);
        root.Find("target");
        root.Close();
        return options;
    }
}
