using LoadLab.Tensors;

namespace LoadLab.Benchmarks;

/// <summary>Softmax attention of one batch item.</summary>
internal sealed class AttentionWorkload(int queries, int keys, int heads, int headDim) : Workload
{
    private ITensorBackend? _backend;
    private Tensor? _q;
    private Tensor? _k;
    private Tensor? _v;

    public override string Name => $"attention {queries} x {keys}, {heads} x {headDim}";

    public override double Operations => 4.0 * queries * keys * heads * headDim;

    public override void Prepare(ITensorBackend backend)
    {
        _backend = backend;
        var query = new Shape(1, queries, heads, headDim);
        var key = new Shape(1, keys, heads, headDim);
        _q = Own(backend.FromHost(query, Values(query.Count)));
        _k = Own(backend.FromHost(key, Values(key.Count)));
        _v = Own(backend.FromHost(key, Values(key.Count)));
    }

    public override void Run() => _backend!.Attention(_q!, _k!, _v!, 1 / MathF.Sqrt(headDim)).Dispose();
}
