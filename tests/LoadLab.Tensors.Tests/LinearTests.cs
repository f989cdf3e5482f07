namespace LoadLab.Tensors.Tests;

public sealed class LinearTests
{
    public static TheoryData<string> Backends => ContractBackends.Names;

    [Theory]
    [MemberData(nameof(Backends))]
    public void Linear_of_awkward_shapes_equals_the_reference(string name)
    {
        using var backend = ContractBackends.Create(name);
        int[] rows = [1, 2, 3, 7, 12, 13, 97, 200];
        int[] inputs = [1, 3, 17, 256, 300];
        int[] outputs = [1, 3, 8, 12, 16, 17, 33, 100];
        var seed = 0;
        foreach (var r in rows)
        {
            foreach (var i in inputs)
            {
                foreach (var o in outputs)
                {
                    Check(backend, r, i, o, (Activation)(++seed % 3), seed % 2 == 0, seed);
                }
            }
        }
    }

    private static void Check(ITensorBackend backend, int rows, int inputs, int outputs, Activation activation, bool biased, int seed)
    {
        var x = Case.Values((long)rows * inputs, seed);
        var w = Case.Values((long)outputs * inputs, seed + 1000);
        var b = biased ? Case.Values(outputs, seed + 2000) : [];
        using var weight = backend.PrepareLinear(outputs, inputs, w, b);
        using var tensor = backend.FromHost(new Shape(1, rows, inputs), x);
        using var y = backend.Linear(tensor, weight, activation);
        Assert.Equal(new Shape(1, rows, outputs), y.Shape);
        Case.Near(Reference.Linear(x, w, b, rows, inputs, outputs, activation), backend.Host(y), 1e-5, $"{rows} x {inputs} x {outputs} {activation}");
    }
}
