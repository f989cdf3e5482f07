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

    [Theory]
    [MemberData(nameof(Cases))]
    public void One_changed_output_fails_and_names_the_case(string name)
    {
        var edit = new GoldenEdit(GoldenFiles.PathOf(name));
        foreach (var tensor in Spread(edit.Names("outputs/"), 4))
        {
            AssertNamed(name, tensor, VerifyChanged(edit, tensor), mustNameTensor: true);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void One_changed_input_fails_and_names_the_case(string name)
    {
        var edit = new GoldenEdit(GoldenFiles.PathOf(name));
        foreach (var tensor in Spread(edit.Names("inputs/"), 8))
        {
            AssertNamed(name, tensor, VerifyChanged(edit, tensor), mustNameTensor: false);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void One_changed_weight_fails_and_names_the_case(string name)
    {
        var edit = new GoldenEdit(GoldenFiles.PathOf(name));

        // The first row of a pipeline's token table is padding, which reaches no output.
        var weights = edit.Names("weights/").Where(tensor => tensor != "weights/text_encoder/token_embedding.weight").ToArray();
        foreach (var tensor in Spread(weights, 6))
        {
            AssertNamed(name, tensor, VerifyChanged(edit, tensor), mustNameTensor: false);
        }
    }

    [Theory]
    [InlineData("dit-a14b-tiny", "\"timestep\": 909", "\"timestep\": 908", "timestep")]
    [InlineData("dit-a14b-tiny", "\"grid\": [4, 5, 3]", "\"grid\": [4, 3, 5]", "grid")]
    [InlineData("dit-a14b-tiny", "\"model_type\": \"t2v", "\"model_type\": \"i2v", "model_type")]
    [InlineData("dit-a14b-tiny", "\"seq_len\": 60", "\"seq_len\": 59", "seq_len")]
    [InlineData("dit-ti2v-tiny", "\"latent\": [12, 3, 6, 8]", "\"latent\": [12, 3, 8, 6]", "latent")]
    [InlineData("dit-ti2v-tiny", "\"seq_len\": 36", "\"seq_len\": 37", "seq_len")]
    [InlineData("vae21-decode-tiny", "\"latent\": [4, 3, 4, 5]", "\"latent\": [4, 3, 5, 4]", "latent")]
    [InlineData("pipeline-ti2v-tiny", "\"latent\": [6, 3, 4, 6]", "\"latent\": [6, 3, 6, 4]", "latent")]
    [InlineData("pipeline-a14b-tiny", "\"high\", \"low", "\"low\", \"high", "experts_used")]
    [InlineData("unipc-schedule", "\"solver_order\": 2", "\"solver_order\": 3", "solver_order")]
    public void Configuration_that_says_otherwise_than_the_tensors_fails_and_names_the_field(string name, string from, string to, string field)
    {
        var path = Path.GetTempFileName();
        try
        {
            new GoldenEdit(GoldenFiles.PathOf(name)).WriteReplaced(from, to, path);
            var result = Assert.Single(GoldenVerifier.Verify(path, Backend));
            Assert.Contains($"'{field}'", result.FirstFailure, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Changed_intermediate_of_the_text_encoder_fails_and_is_named()
    {
        var edit = new GoldenEdit(GoldenFiles.PathOf("umt5-tiny"));
        Assert.All(edit.Names("mid/"), tensor => AssertNamed("umt5-tiny", tensor, VerifyChanged(edit, tensor), mustNameTensor: true));
    }

    [Fact]
    public void Damaged_file_is_a_failed_case_with_a_message()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, File.ReadAllBytes(GoldenFiles.PathOf("umt5-tiny"))[..100_000]);
            var result = Assert.Single(GoldenVerifier.Verify(path, Backend));
            Assert.False(result.Passed);
            Assert.Contains("cut", result.FirstFailure, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // Digits and letters of the header change: other dimensions, types, names and configurations over the same data.
    [Theory]
    [InlineData("umt5-tiny")]
    [InlineData("rope-table")]
    [InlineData("torch-cpu-randn")]
    [InlineData("dit-ti2v-tiny")]
    public void Damaged_header_is_a_result_and_never_a_crash(string name)
    {
        const int Seed = 7;
        const int Count = 150;
        var random = new Random(Seed);
        var edit = new GoldenEdit(GoldenFiles.PathOf(name));
        var path = Path.GetTempFileName();
        try
        {
            var failed = 0;
            for (var i = 0; i < Count; i++)
            {
                edit.WriteDamaged(random, path);
                failed += Assert.Single(GoldenVerifier.Verify(path, Backend)).Passed ? 0 : 1;
            }

            output.WriteLine($"seed {Seed}: {failed} of {Count} damaged headers failed");
            Assert.True(failed > Count / 2);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Missing_file_is_a_failed_case()
    {
        var result = Assert.Single(GoldenVerifier.Verify(GoldenFiles.PathOf("no-such-case"), Backend));
        Assert.False(result.Passed);
        Assert.Equal("no-such-case", result.Name);
    }

    private static VerifyCase VerifyChanged(GoldenEdit edit, string tensor)
    {
        var path = Path.GetTempFileName();
        try
        {
            edit.WriteChanged(tensor, path);
            return Assert.Single(GoldenVerifier.Verify(path, Backend));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void AssertNamed(string name, string tensor, VerifyCase result, bool mustNameTensor)
    {
        Assert.False(result.Passed, $"{name} passed with {tensor} changed");
        Assert.Equal(name, result.Name);
        if (mustNameTensor)
        {
            Assert.Contains(tensor, result.FirstFailure, StringComparison.Ordinal);
        }
    }

    private static IEnumerable<string> Spread(string[] names, int count) =>
        Enumerable.Range(0, Math.Min(count, names.Length)).Select(i => names[i * names.Length / Math.Min(count, names.Length)]);

    private static CpuBackend Backend() => new(Capacity, 1);
}
