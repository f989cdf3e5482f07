using LoadLab.Tensors;

namespace LoadLab.Benchmarks;

/// <summary>One operation on fixed random inputs.</summary>
internal abstract class Workload : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    public abstract string Name { get; }

    /// <summary>Work of one run in <see cref="Unit"/>: floating-point operations (a multiply-add is two), or bytes read and written.</summary>
    public abstract double Operations { get; }

    public virtual string Unit => "FLOP";

    public abstract void Prepare(ITensorBackend backend);

    public abstract void Run();

    public virtual void Dispose() => Enumerable.Reverse(_owned).ToList().ForEach(item => item.Dispose());

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
