namespace LoadLab.Testing;

/// <summary>The checkout the tests were built from, and what may lie beside it. Compiled into every test project.</summary>
internal static class Checkout
{
    public static string Root { get; } = Find();

    /// <summary>A path inside the checkout.</summary>
    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "LoadLab.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("the tests do not run inside a checkout");
    }
}
