namespace LoadLab.Tensors.Tests;

public sealed class AttentionTests
{
    public static TheoryData<string> Backends => ContractBackends.Names;

    [Theory]
    [MemberData(nameof(Backends))]
    public void Attention_of_awkward_shapes_equals_the_reference(string name)
    {
        using var backend = ContractBackends.Create(name);
        Check(backend, new Shape(1, 1, 1, 1), 1, 1, false, []);
        Check(backend, new Shape(2, 3, 2, 3), 2, 17, false, []);
        Check(backend, new Shape(2, 13, 3, 20), 2, 33, true, [33, 5]);
        Check(backend, new Shape(2, 49, 2, 24), 1, 300, true, []);
        Check(backend, new Shape(1, 50, 1, 128), 1, 515, false, [514]);
        Check(backend, new Shape(3, 17, 4, 64), 3, 257, false, [1, 256, 257]);
        Check(backend, new Shape(2, 5, 1, 16), 2, 40, false, [0, 40]);
    }

    private static void Check(ITensorBackend backend, Shape shape, int keyItems, int keys, bool biased, int[] lengths)
    {
        var keyShape = new Shape(keyItems, keys, shape[2], shape[3]);
        var (qs, ks, vs) = (Case.Values(shape.Count, 1, 2), Case.Values(keyShape.Count, 2, 2), Case.Values(keyShape.Count, 3));
        var biasShape = new Shape(shape[2], shape[1], keys);
        var bs = biased ? Case.Values(biasShape.Count, 4, 3) : null;
        using var q = backend.FromHost(shape, qs);
        using var k = backend.FromHost(keyShape, ks);
        using var v = backend.FromHost(keyShape, vs);
        using var bias = bs is null ? null : backend.FromHost(biasShape, bs);
        using var y = backend.Attention(q, k, v, 0.7f, bias, lengths);
        Assert.Equal(shape, y.Shape);
        Case.Near(Reference.Attention(qs, ks, vs, shape, keyItems, keys, 0.7f, bs, lengths), backend.Host(y), 2e-5, $"{shape} on {keys} keys");
    }
}
