namespace LoadLab.Tensors.Tests;

public sealed class NormTests
{
    private static readonly int[] Widths = [1, 3, 8, 12, 17, 64, 100, 2500];

    public static TheoryData<string> Backends => ContractBackends.Names;

    [Theory]
    [MemberData(nameof(Backends))]
    public void LayerNormModulated_uses_the_row_of_each_token(string name)
    {
        using var backend = ContractBackends.Create(name);
        foreach (var d in Widths)
        {
            var xs = Case.Values(2 * 5 * d, d, 3);
            var (scales, shifts) = (Case.Values(3 * d, d + 1), Case.Values(3 * d, d + 2));
            int[] index = [0, 2, 1, 0, 0, 1, 1, 2, 2, 0];
            using var x = backend.FromHost(new Shape(2, 5, d), xs);
            using var scale = backend.FromHost(new Shape(3, d), scales);
            using var shift = backend.FromHost(new Shape(3, d), shifts);
            using var plain = backend.LayerNormModulated(x, 1e-6f, null, null);
            using var first = backend.LayerNormModulated(x, 1e-6f, scale, shift);
            using var indexed = backend.LayerNormModulated(x, 1e-6f, scale, shift, index);
            Case.Near(Expected(_ => 0, 0, 0), backend.Host(plain), Tolerance(name, d), $"plain {d}");
            Case.Near(Expected(_ => 0, 1, 1), backend.Host(first), Tolerance(name, d), $"row 0 {d}");
            Case.Near(Expected(r => index[r], 1, 1), backend.Host(indexed), Tolerance(name, d), $"indexed {d}");

            double[] Expected(Func<int, int> row, double useScale, double useShift) => Normalised(xs, d, 1e-6)
                .Select((n, i) => n * (1 + useScale * scales[row(i / d) * d + i % d]) + useShift * shifts[row(i / d) * d + i % d]).ToArray();
        }
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void LayerNorm_RmsNorm_and_ChannelNorm_equal_their_definitions(string name)
    {
        using var backend = ContractBackends.Create(name);
        foreach (var d in Widths)
        {
            var xs = Case.Values(7 * d, d, 3);
            var (ws, bs) = (Case.Values(d, d + 1), Case.Values(d, d + 2));
            using var x = backend.FromHost(new Shape(7, d), xs);
            using var w = backend.FromHost(new Shape(d), ws);
            using var b = backend.FromHost(new Shape(d), bs);
            using var layer = backend.LayerNorm(x, 1e-5f, w, b);
            using var rms = backend.RmsNorm(x, 1e-6f, w);
            using var channel = backend.ChannelNorm(x, w, Activation.Silu);
            Case.Near(Normalised(xs, d, 1e-5).Select((n, i) => n * ws[i % d] + bs[i % d]).ToArray(), backend.Host(layer), Tolerance(name, d), $"layer {d}");
            Case.Near(xs.Select((v, i) => v / Math.Sqrt(Squares(xs, i / d, d) / d + 1e-6) * ws[i % d]).ToArray(), backend.Host(rms), 3e-6, $"rms {d}");
            Case.Near(
                xs.Select((v, i) => Reference.Activate(v / Math.Max(Math.Sqrt(Squares(xs, i / d, d)), 1e-12) * Math.Sqrt(d) * ws[i % d], Activation.Silu)).ToArray(),
                backend.Host(channel), 3e-6, $"channel {d}");
        }
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void LayerNorm_of_values_far_from_zero_keeps_its_precision(string name)
    {
        using var backend = ContractBackends.Create(name);
        var xs = Case.Values(3 * 1000, 5).Select(v => v + 1000).ToArray();
        using var x = backend.FromHost(new Shape(1, 3, 1000), xs);
        using var y = backend.LayerNormModulated(x, 1e-6f, null, null);

        // The mean is rounded to the spacing of floats near 1000 (6e-5), which all values of a row share.
        Case.Near(Normalised(xs, 1000, 1e-6), backend.Host(y), 1e-4, "offset");
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void ChannelNorm_of_zeros_is_zero(string name)
    {
        using var backend = ContractBackends.Create(name);
        using var x = backend.Zeros(new Shape(3, 5));
        using var gamma = backend.FromHost(new Shape(5), [1, 2, 3, 4, 5]);
        using var y = backend.ChannelNorm(x, gamma, Activation.None);
        Assert.All(backend.Host(y), v => Assert.Equal(0, v));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Rope_rotates_adjacent_pairs_and_leaves_the_rest(string name)
    {
        using var backend = ContractBackends.Create(name);
        foreach (var dim in new[] { 2, 6, 20, 24, 128 })
        {
            var shape = new Shape(2, 9, 3, dim);
            var xs = Case.Values(shape.Count, dim);
            var angles = Case.Values(7 * dim / 2, dim + 1, 3);
            using var x = backend.FromHost(shape, xs);
            using var cos = backend.FromHost(new Shape(7, dim / 2), angles.Select(MathF.Cos).ToArray());
            using var sin = backend.FromHost(new Shape(7, dim / 2), angles.Select(MathF.Sin).ToArray());
            using var y = backend.Rope(x, cos, sin);
            var expected = xs.Select((v, i) =>
            {
                var (token, pair) = (i / (3 * dim) % 9, i % dim / 2);
                var angle = token < 7 ? angles[token * dim / 2 + pair] : 0;
                return i % 2 == 0 ? v * Math.Cos(angle) - xs[i + 1] * Math.Sin(angle) : xs[i - 1] * Math.Sin(angle) + v * Math.Cos(angle);
            }).ToArray();
            Case.Near(expected, backend.Host(y), 5e-7, $"head of {dim}");
        }
    }

    private static double Squares(float[] x, int row, int d) => x.Skip(row * d).Take(d).Sum(v => (double)v * v);

    // Of rows of one value, whose deviation is 0, libtorch takes x r - mean r with r = 1 / sqrt(eps): a rounding of x times a thousand.
    private static double Tolerance(string name, int width) => width == 1 && name.StartsWith("torch", StringComparison.Ordinal) ? 3e-4 : 3e-6;

    private static double[] Normalised(float[] x, int d, double eps)
    {
        var y = new double[x.Length];
        for (var r = 0; r < x.Length / d; r++)
        {
            var row = x.Skip(r * d).Take(d).Select(v => (double)v).ToArray();
            var mean = row.Average();
            var variance = row.Average(v => (v - mean) * (v - mean));
            for (var i = 0; i < d; i++)
            {
                y[r * d + i] = (row[i] - mean) / Math.Sqrt(variance + eps);
            }
        }

        return y;
    }
}
