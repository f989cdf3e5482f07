using LoadLab.Tensors;

namespace LoadLab.Benchmarks;

/// <summary>One operation on fixed random inputs.</summary>
internal abstract class Workload : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    public abstract string Name { get; }

    /// <summary>Floating-point operations of one run, a multiply-add counted as two.</summary>
    public abstract double Operations { get; }

    public abstract void Prepare(CpuBackend backend);

    public abstract void Run();

    public void Dispose() => _owned.ForEach(item => item.Dispose());

    protected T Own<T>(T item)
        where T : IDisposable
    {
        _owned.Add(item);
        return item;
    }

    protected static float[] Values(long count)
    {
        var random = new Random(1);
        var values = new float[count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = random.NextSingle() - 0.5f;
        }

        return values;
    }
}

/// <summary>(rows, inputs) times a prepared weight.</summary>
internal sealed class LinearWorkload(int rows, int inputs, int outputs) : Workload
{
    private CpuBackend? _backend;
    private Tensor? _x;
    private LinearWeight? _weight;

    public override string Name => $"linear {rows} x {inputs} x {outputs}";

    public override double Operations => 2.0 * rows * inputs * outputs;

    public override void Prepare(CpuBackend backend)
    {
        _backend = backend;
        _x = Own(backend.FromHost(new Shape(rows, inputs), Values((long)rows * inputs)));
        _weight = Own(backend.PrepareLinear(outputs, inputs, Values((long)outputs * inputs), []));
    }

    public override void Run() => _backend!.Linear(_x!, _weight!).Dispose();
}

/// <summary>Softmax attention of one batch item.</summary>
internal sealed class AttentionWorkload(int queries, int keys, int heads, int headDim) : Workload
{
    private CpuBackend? _backend;
    private Tensor? _q;
    private Tensor? _k;
    private Tensor? _v;

    public override string Name => $"attention {queries} x {keys}, {heads} x {headDim}";

    public override double Operations => 4.0 * queries * keys * heads * headDim;

    public override void Prepare(CpuBackend backend)
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

/// <summary>A causal 3x3x3 convolution.</summary>
internal sealed class ConvolutionWorkload(int frames, int height, int width, int inputs, int outputs) : Workload
{
    private CpuBackend? _backend;
    private Tensor? _x;
    private ConvolutionWeight? _weight;

    public override string Name => $"convolution 3x3x3 {inputs} to {outputs}, {frames} x {height} x {width}";

    public override double Operations => 2.0 * 27 * frames * height * width * inputs * outputs;

    public override void Prepare(CpuBackend backend)
    {
        _backend = backend;
        var shape = new Shape(1, frames, height, width, inputs);
        _x = Own(backend.FromHost(shape, Values(shape.Count)));
        _weight = Own(backend.PrepareConvolution(outputs, inputs, 3, 3, 3, Values(27L * inputs * outputs), []));
    }

    public override void Run() => _backend!.Convolution(_x!, _weight!, 2, 1, 1).Dispose();
}
