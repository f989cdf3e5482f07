namespace LoadLab.Tensors.Tests;

/// <summary>Backends under test, reproducible inputs, and comparison with the reference.</summary>
internal static class Case
{
    /// <summary>The cpu backend at every vector width this processor has, with one and with three threads; for what only it promises.</summary>
    public static TheoryData<int, int> Backends
    {
        get
        {
            var data = new TheoryData<int, int>();
            foreach (var level in Enum.GetValues<VectorLevel>().Where(VectorLevels.IsSupported))
            {
                data.Add((int)level, 1);
                data.Add((int)level, 3);
            }

            return data;
        }
    }

    public static CpuBackend Backend(int level, int threads) => new(1L << 30, threads, (VectorLevel)level);

    public static float[] Values(long count, int seed, float spread = 1)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)((random.NextDouble() * 2 - 1) * spread);
        }

        return values;
    }

    public static float[] Host(this ITensorBackend backend, Tensor tensor)
    {
        var values = new float[tensor.Shape.Count];
        backend.ToHost(tensor, values);
        return values;
    }

    /// <summary>Max-abs error at most the tolerance times the larger of 1 and the largest expected magnitude.</summary>
    public static void Near(double[] expected, float[] actual, double tolerance, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        var scale = Math.Max(1, expected.Select(Math.Abs).DefaultIfEmpty(0).Max());
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * scale, $"{what}: at {i} expected {expected[i]:G9}, got {actual[i]:G9}");
        }
    }
}
