using LoadLab.Tensors;

namespace LoadLab.Benchmarks;

/// <summary>(rows, inputs) times a prepared weight.</summary>
internal sealed class LinearWorkload(int rows, int inputs, int outputs) : Workload
{
    private ITensorBackend? _backend;
    private Tensor? _x;
    private LinearWeight? _weight;

    public override string Name => $"linear {rows} x {inputs} x {outputs}";

    public override double Operations => 2.0 * rows * inputs * outputs;

    public override void Prepare(ITensorBackend backend)
    {
        _backend = backend;
        _x = Own(backend.FromHost(new Shape(rows, inputs), Values((long)rows * inputs)));
        _weight = Own(backend.PrepareLinear(outputs, inputs, Values((long)outputs * inputs), []));
    }

    public override void Run() => _backend!.Linear(_x!, _weight!).Dispose();
}
