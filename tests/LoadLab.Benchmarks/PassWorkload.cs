using LoadLab.Tensors;

namespace LoadLab.Benchmarks;

/// <summary>An operation bound by memory: one tensor in, one of the same size out.</summary>
internal sealed class PassWorkload(string operation, Shape shape, Func<ITensorBackend, Tensor, Tensor, Tensor> run) : Workload
{
    private ITensorBackend? _backend;
    private Tensor? _x;
    private Tensor? _last;

    public override string Name => $"{operation} {shape}";

    public override double Operations => 2.0 * sizeof(float) * shape.Count;

    public override string Unit => "B";

    public override void Prepare(ITensorBackend backend)
    {
        _backend = backend;
        _x = Own(backend.FromHost(shape, Values(shape.Count)));
        _last = Own(backend.FromHost(new Shape(shape[-1]), Values(shape[-1])));
    }

    public override void Run() => run(_backend!, _x!, _last!).Dispose();
}
