using System.Security.Cryptography;
using LoadLab.Model.Nano;
using LoadLab.Model.Pipeline;

namespace LoadLab.Model.Tests.Nano;

public sealed class SeededWeightsTests
{
    // The bytes are part of what recorded results mean; a change needs a new version in the file's name.
    [Fact]
    public void Bytes_are_the_published_ones_on_every_machine()
    {
        using var folder = new TemporaryFolder();
        var path = SeededWeights.Ensure(ModelCatalog.Ti2V5BPico, folder.Path);
        Assert.Equal("528220cfc752b4594b626d1c0292796e609b0ded2a34674b44b507a069c37719", Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
    }

    [Fact]
    public void Weights_are_written_once()
    {
        using var folder = new TemporaryFolder();
        var path = SeededWeights.Ensure(ModelCatalog.Ti2V5BPico, folder.Path);
        var written = File.GetLastWriteTimeUtc(path);
        Assert.Equal(path, SeededWeights.Ensure(ModelCatalog.Ti2V5BPico, folder.Path));
        Assert.Equal(written, File.GetLastWriteTimeUtc(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Full_model_has_no_seeded_weights()
    {
        Assert.Throws<ArgumentException>(() => SeededWeights.Ensure(ModelCatalog.Ti2V5B, "unused"));
    }
}
