using System.Runtime.CompilerServices;

namespace LoadLab.Parity.Tests;

/// <summary>Where the golden files of the repository are.</summary>
internal static class GoldenFiles
{
    public static string Wan { get; } = Path.Combine(RepositoryRoot(), "tests", "golden", "wan");

    public static string PathOf(string name) => Path.Combine(Wan, $"{name}.safetensors");

    private static string RepositoryRoot([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", ".."));
}
