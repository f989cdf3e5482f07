using LoadLab.Model.Verify;
using LoadLab.Tensors;

namespace LoadLab.Parity.Tests;

public sealed class GoldenVerifierTests(ITestOutputHelper output)
{
    private const long Capacity = 1L << 30;

    public static TheoryData<string> Cases { get; } =
    [
        "dit-ti2v-tiny", "dit-a14b-tiny", "umt5-tiny", "vae22-decode-tiny", "vae21-decode-tiny", "unipc-schedule", "euler-schedule",
        "rope-table", "t5-relative-bias", "torch-cpu-randn", "pipeline-ti2v-tiny", "pipeline-a14b-tiny",
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Golden_case_agrees_with_the_reference(string name)
    {
        var result = Assert.Single(GoldenVerifier.Verify(GoldenFiles.PathOf(name), Backend));
        output.WriteLine($"{result.Name}: {result.TensorsCompared} tensors, max-abs {result.MaxAbs:g3}, relative L2 {result.RelativeL2:g3}");
        Assert.Null(result.FirstFailure);
        Assert.Equal(name, result.Name);
        Assert.True(result.TensorsCompared > 0);
    }

    [Fact]
    public void Folder_is_verified_file_by_file()
    {
        var results = GoldenVerifier.Verify(GoldenFiles.Wan, Backend);
        Assert.Equal(Cases.Count, results.Count);
        Assert.All(results, result => Assert.True(result.Passed, $"{result.Name}: {result.FirstFailure}"));
    }

    private static CpuBackend Backend() => new(Capacity, 1);
}
