namespace LoadLab.Model.Tests;

/// <summary>One weight cache for all tests of the assembly.</summary>
public sealed class SeededModels : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Folder => _folder.Path;

    public void Dispose() => _folder.Dispose();
}
