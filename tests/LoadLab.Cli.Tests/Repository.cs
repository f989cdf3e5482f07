namespace LoadLab.Cli.Tests;

/// <summary>The checkout the tests were built from.</summary>
internal static class Repository
{
    public static string Root => Checkout.Root;

    public static string Golden { get; } = Path.Combine(Root, "tests", "golden", "cli");

    public static string Shared { get; } = Path.GetFullPath(Path.Combine(Root, "..", "shared"));

    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);
}
