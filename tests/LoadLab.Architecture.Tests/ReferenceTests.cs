using System.Xml.Linq;

namespace LoadLab.Architecture.Tests;

public sealed class ReferenceTests
{
    private static readonly string[] s_productFolders = ["Harness", "Model", "Forecast", "reports"];

    [Fact]
    public void References_point_one_way_as_the_golden_table_says()
    {
        var table = Repository.Files("*.csproj", s_productFolders).Select(Row).Order(StringComparer.Ordinal);

        Assert.Equal(Repository.Read("tests", "golden", "references.txt").TrimEnd('\n').Split('\n').Order(StringComparer.Ordinal), table);
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Repository.Read("LoadLab.sln");

        Assert.All(Repository.Files("*.csproj", [.. s_productFolders, "tests"]), file => Assert.Contains($"\"{Path.GetFileNameWithoutExtension(file)}\"", solution, StringComparison.Ordinal));
    }

    [Fact]
    public void Package_versions_stand_in_one_place_and_are_exact()
    {
        foreach (var file in Repository.Files("*.csproj", [.. s_productFolders, "tests"]))
        {
            Assert.All(XDocument.Load(file).Descendants("PackageReference"), package => Assert.Null(package.Attribute("Version")));
        }

        var central = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion").ToList();
        Assert.NotEmpty(central);
        Assert.All(central, package => Assert.Matches("^[0-9]+\\.[0-9]+\\.[0-9]+$", (string?)package.Attribute("Version")));
    }

    [Fact]
    public void The_serving_core_bans_clocks_chance_threads_and_files()
    {
        var project = Repository.Read("Harness", "LoadLab.Serving", "LoadLab.Serving.csproj");
        var banned = Repository.Read("Harness", "LoadLab.Serving", "BannedSymbols.txt");

        Assert.Contains("BannedApiAnalyzers", project, StringComparison.Ordinal);
        Assert.All(["System.DateTime.UtcNow", "System.Random", "System.Diagnostics.Stopwatch", "System.Threading.Thread", "System.IO.File"], symbol => Assert.Contains($":{symbol};", banned, StringComparison.Ordinal));
    }

    private static string Row(string project)
    {
        var references = XDocument.Load(project).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/')))
            .Order(StringComparer.Ordinal)
            .ToList();
        return $"{Path.GetFileNameWithoutExtension(project)} -> {(references.Count == 0 ? "nothing" : string.Join(", ", references))}";
    }
}
