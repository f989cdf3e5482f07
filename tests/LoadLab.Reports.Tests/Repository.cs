namespace LoadLab.Reports.Tests;

/// <summary>Where the golden files are.</summary>
internal static class Repository
{
    public static string Golden(string name) => Path.Combine(Root(), "tests", "golden", "reports", name);

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "LoadLab.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("LoadLab.sln is in no folder above the tests");
        }

        return folder.FullName;
    }
}
