namespace LoadLab.Tensors.Tests;

public sealed class ElementwiseTests
{
    private static readonly int[] Counts = [1, 3, 16, 17, 31, 1000, 40_001];

    public static TheoryData<string> Backends => ContractBackends.Names;

    [Theory]
    [MemberData(nameof(Backends))]
    public void Activations_are_accurate_over_the_whole_range(string name)
    {
        using var backend = ContractBackends.Create(name);
        var xs = Case.Values(40_001, 1, 30).Concat([0f, -0f, 1e-30f, -90, 90, -1000, 1000, float.MaxValue, 1e-5f]).ToArray();
        using var x = backend.FromHost(new Shape(xs.Length), xs);
        foreach (var activation in Enum.GetValues<Activation>())
        {
            using var y = backend.Activate(x, activation);
            var actual = backend.Host(y);
            for (var i = 0; i < xs.Length; i++)
            {
                var expected = Reference.Activate(xs[i], activation);

                // The error of the exponent's argument grows with the argument, the result shrinks with it: a few ulp of x cover both.
                Assert.True(Math.Abs(expected - actual[i]) <= 2e-6 * Math.Abs(expected) + 2e-7 * Math.Min(1, Math.Abs(xs[i])), $"{activation}({xs[i]}) = {actual[i]}, expected {expected}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Not_a_number_survives_every_activation_and_clamp(string name)
    {
        using var backend = ContractBackends.Create(name);
        using var x = backend.FromHost(new Shape(20), Enumerable.Repeat(float.NaN, 20).ToArray());
        using var silu = backend.Activate(x, Activation.Silu);
        using var gelu = backend.Activate(x, Activation.GeluTanh);
        using var clamped = backend.Clamp(x, -1, 1);
        Assert.All(backend.Host(silu).Concat(backend.Host(gelu)).Concat(backend.Host(clamped)), v => Assert.True(float.IsNaN(v)));
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void Arithmetic_equals_its_definition(string name)
    {
        using var backend = ContractBackends.Create(name);
        foreach (var n in Counts)
        {
            var (p, q) = (Case.Values(n, n), Case.Values(n, n + 1));
            using var a = backend.FromHost(new Shape(n), p);
            using var b = backend.FromHost(new Shape(n), q);
            using var sum = backend.Add(a, b);
            using var product = backend.Multiply(a, b);
            using var combined = backend.Combine(2.5f, a, -0.3f, b);
            using var clamped = backend.Clamp(a, -0.25f, 0.5f);
            Assert.Equal(p.Zip(q, (u, v) => u + v), backend.Host(sum));
            Assert.Equal(p.Zip(q, (u, v) => u * v), backend.Host(product));
            Case.Near(p.Zip(q, (u, v) => 2.5 * u - (double)0.3f * v).ToArray(), backend.Host(combined), 3e-7, $"combine {n}");
            Assert.Equal(p.Select(v => Math.Clamp(v, -0.25f, 0.5f)), backend.Host(clamped));
            backend.AddInPlace(a, b);
            Assert.Equal(backend.Host(sum), backend.Host(a));
        }
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void A_trailing_part_is_repeated(string name)
    {
        using var backend = ContractBackends.Create(name);
        var xs = Case.Values(4 * 5 * 3, 1);
        using var x = backend.FromHost(new Shape(4, 5, 3), xs);
        foreach (var shape in new[] { new Shape(3), new Shape(5, 3), new Shape(4, 5, 3), new Shape() })
        {
            var ys = Case.Values(shape.Count, 2);
            using var y = backend.FromHost(shape, ys);
            using var sum = backend.Add(x, y);
            using var product = backend.Multiply(x, y);
            Assert.Equal(xs.Select((v, i) => v + ys[i % ys.Length]), backend.Host(sum));
            Assert.Equal(xs.Select((v, i) => v * ys[i % ys.Length]), backend.Host(product));
        }
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void AddGated_uses_the_row_of_each_token(string name)
    {
        using var backend = ContractBackends.Create(name);
        foreach (var d in new[] { 1, 17, 300 })
        {
            var (xs, ys, gs) = (Case.Values(6 * d, 1), Case.Values(6 * d, 2), Case.Values(2 * d, 3));
            int[] index = [1, 0, 1, 1, 0, 0];
            using var x = backend.FromHost(new Shape(2, 3, d), xs);
            using var y = backend.FromHost(new Shape(2, 3, d), ys);
            using var gate = backend.FromHost(new Shape(2, d), gs);
            backend.AddGatedInPlace(x, y, gate, index);
            Case.Near(xs.Select((v, i) => v + (double)ys[i] * gs[index[i / d] * d + i % d]).ToArray(), backend.Host(x), 2e-7, $"gated {d}");
        }
    }
}
