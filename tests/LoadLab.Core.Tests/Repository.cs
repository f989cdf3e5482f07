namespace LoadLab.Core.Tests;

/// <summary>Where the repository's own files are.</summary>
internal static class Repository
{
    public static string Root => Checkout.Root;

    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);
}
