using System.Text.Json;

namespace LoadLab.Testing;

/// <summary>Golden files of tests/golden/forecast-cost: inputs and expected values computed by other implementations.</summary>
internal static class Golden
{
    public const double Tolerance = 1e-6;

    public static JsonElement Read(string name) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Checkout.Root, "tests", "golden", "forecast-cost", name + ".json"))).RootElement;

    public static double[] Numbers(this JsonElement element) => [.. element.EnumerateArray().Select(item => item.GetDouble())];

    public static double Number(this JsonElement element, string property) => element.GetProperty(property).GetDouble();

    public static void Close(IReadOnlyList<double> expected, IReadOnlyList<double> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.Equal(expected[i], actual[i], Tolerance);
        }
    }

    /// <summary>A file of the shared folder beside the repository, or of a folder above it; null when there is none.</summary>
    public static string? Shared(string path)
    {
        for (var folder = new DirectoryInfo(Checkout.Root).Parent; folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "shared", path);
            if (File.Exists(file))
            {
                return file;
            }
        }

        return null;
    }
}
