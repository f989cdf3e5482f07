namespace LoadLab.Reports.Tests;

/// <summary>Where the golden files are.</summary>
internal static class Repository
{
    public static string Golden(string name) => Checkout.At("tests", "golden", "reports", name);
}
