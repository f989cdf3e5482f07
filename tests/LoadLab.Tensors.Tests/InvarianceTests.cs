namespace LoadLab.Tensors.Tests;

public sealed class InvarianceTests
{
    public static TheoryData<int> Levels => [.. Enum.GetValues<VectorLevel>().Where(VectorLevels.IsSupported).Select(level => (int)level)];

    [Theory]
    [MemberData(nameof(Levels))]
    public void Results_are_the_same_bits_whatever_the_thread_count(int level)
    {
        using var one = Case.Backend(level, 1);
        var expected = Everything(one, 0, 3);
        foreach (var threads in new[] { 2, 3, 5 })
        {
            using var many = Case.Backend(level, threads);
            var actual = Everything(many, 0, 3);
            for (var i = 0; i < expected.Count; i++)
            {
                Assert.True(expected[i].AsSpan().SequenceEqual(actual[i]), $"result {i} differs with {threads} threads");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void An_item_of_a_batch_has_the_same_bits_as_alone(int level)
    {
        using var backend = Case.Backend(level, 2);
        var together = Everything(backend, 0, 3);
        for (var item = 0; item < 3; item++)
        {
            var alone = Everything(backend, item, 1);
            for (var i = 0; i < alone.Count; i++)
            {
                Assert.True(together[i].AsSpan(item * alone[i].Length, alone[i].Length).SequenceEqual(alone[i]), $"result {i} of item {item} differs");
            }
        }
    }

    /// <summary>One of each operation that computes, over items [first, first + count) of the same inputs.</summary>
    private static List<float[]> Everything(CpuBackend backend, int first, int count)
    {
        const int tokens = 131, width = 96, heads = 4;
        var results = new List<float[]>();
        using var x = backend.FromHost(new Shape(count, tokens, width), Case.Values(3 * tokens * width, 1, 2).AsSpan(first * tokens * width, count * tokens * width));
        using var linear = backend.PrepareLinear(300, width, Case.Values(300 * width, 2), Case.Values(300, 3));
        using var vector = backend.FromHost(new Shape(width), Case.Values(width, 4));
        using var row = backend.FromHost(new Shape(1, width), Case.Values(width, 5));
        using var angles = backend.FromHost(new Shape(tokens, width / heads / 2), Case.Values(tokens * width / heads / 2, 6));
        using var split = backend.Reshape(x, new Shape(count, tokens, heads, width / heads));
        using var video = backend.Reshape(x, new Shape(count, 1, tokens, width / 8, 8));
        using var convolution = backend.PrepareConvolution(20, 8, 1, 3, 3, Case.Values(20 * 72, 7), []);

        Keep(backend.Linear(x, linear, Activation.GeluTanh));
        Keep(backend.Attention(split, split, split, 0.3f));
        Keep(backend.Convolution(video, convolution, 0, 1, 1));
        Keep(backend.LayerNormModulated(x, 1e-6f, row, row));
        Keep(backend.LayerNorm(x, 1e-6f, vector, vector));
        Keep(backend.RmsNorm(x, 1e-6f, vector));
        Keep(backend.ChannelNorm(x, vector, Activation.Silu));
        Keep(backend.Rope(split, angles, angles));
        Keep(backend.Activate(x, Activation.Silu));
        Keep(backend.Multiply(x, vector));
        Keep(backend.Combine(0.3f, x, 0.7f, x));
        Keep(backend.Permute(split, [0, 2, 3, 1]));
        Keep(backend.UpsampleNearest2(video));
        return results;

        void Keep(Tensor tensor)
        {
            results.Add(backend.Host(tensor));
            tensor.Dispose();
        }
    }
}
