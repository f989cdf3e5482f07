namespace LoadLab.Tensors.Tests;

public sealed class ConvolutionTests
{
    public static TheoryData<string> Backends => ContractBackends.Names;

    [Theory]
    [MemberData(nameof(Backends))]
    public void Convolution_of_awkward_shapes_equals_the_reference(string name)
    {
        using var backend = ContractBackends.Create(name);
        Check(backend, new Shape(1, 1, 1, 1, 1), 1, (1, 1, 1), (0, 0, 0));
        Check(backend, new Shape(2, 3, 5, 7, 3), 8, (3, 3, 3), (2, 1, 1));
        Check(backend, new Shape(2, 4, 6, 5, 8), 12, (3, 3, 3), (2, 1, 1));
        Check(backend, new Shape(1, 2, 17, 3, 12), 3, (1, 3, 3), (0, 1, 1));
        Check(backend, new Shape(1, 5, 4, 9, 16), 33, (3, 1, 1), (2, 0, 0));
        Check(backend, new Shape(1, 2, 10, 20, 64), 40, (3, 3, 3), (2, 1, 1));
        Check(backend, new Shape(2, 3, 5, 4, 6), 18, (1, 1, 1), (0, 0, 0));
        Check(backend, new Shape(1, 3, 6, 6, 5), 7, (2, 3, 2), (4, 0, 2));
        Check(backend, new Shape(1, 1, 30, 40, 4), 20, (1, 3, 3), (0, 1, 1));
    }

    private static void Check(ITensorBackend backend, Shape shape, int outputs, (int T, int H, int W) kernel, (int T, int H, int W) pad)
    {
        var inputs = shape[4];
        var x = Case.Values(shape.Count, 1);
        var w = Case.Values((long)outputs * inputs * kernel.T * kernel.H * kernel.W, 2);
        var b = outputs % 2 == 0 ? Case.Values(outputs, 3) : [];
        using var weight = backend.PrepareConvolution(outputs, inputs, kernel.T, kernel.H, kernel.W, w, b);
        using var tensor = backend.FromHost(shape, x);
        using var y = backend.Convolution(tensor, weight, pad.T, pad.H, pad.W);
        Case.Near(Reference.Convolution(x, shape, w, b, outputs, kernel, pad), backend.Host(y), 1e-5, $"{shape} to {outputs}");
    }
}
