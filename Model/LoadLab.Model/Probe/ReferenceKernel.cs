using LoadLab.Model.Diffusion;
using LoadLab.Model.Sampling;
using LoadLab.Tensors;

namespace LoadLab.Model.Probe;

/// <summary>
/// Work that never changes, to tell a machine that varies from a model that does: rounds of two products and one attention, of a transformer's widths and on its
/// backend, always over the same values. It shares no code with the model above the backend and allocates nothing that grows.
/// </summary>
internal sealed class ReferenceKernel : IDisposable
{
    // Rows enough to load an engine as a step does; the number of rounds, not their size, makes the length.
    private const int MostRows = 2048;

    // A step reads other weights in every layer; as many sets as this allows are read in turn.
    private const long MostWeightBytes = 64L << 20;

    private readonly ITensorBackend _backend;
    private readonly DitConfig _config;
    private readonly ElementType _type;
    private readonly int _items;
    private readonly int _rows;
    private readonly List<IDisposable> _owned = [];
    private readonly List<(LinearWeight In, LinearWeight Out)> _weights = [];
    private readonly Tensor _x;
    private readonly Tensor _heads;
    private readonly float[] _first;

    /// <param name="items">Latents that go through the transformer together, guidance counted.</param>
    /// <param name="tokens">Tokens of one latent.</param>
    /// <param name="type">Of the transformer's weights.</param>
    public ReferenceKernel(ITensorBackend backend, DitConfig config, int items, int tokens, ElementType type = ElementType.Float32)
    {
        (_backend, _config, _type, _items, _rows) = (backend, config, type, items, Math.Min(tokens, MostRows));
        try
        {
            var sets = (int)Math.Clamp(MostWeightBytes / (2L * sizeof(float) * config.Dim * config.FfnDim), 1, config.Layers);
            var values = new float[checked(config.Dim * Math.Max(config.Dim, config.FfnDim))];
            for (var i = 0; i < sets; i++)
            {
                _weights.Add((Weight(config.FfnDim, config.Dim, values), Weight(config.Dim, config.FfnDim, values)));
            }

            var shape = new Shape(items, _rows, config.Dim);
            var x = new float[shape.Count];
            new TorchRandom(0).Normal(x);
            _x = Own(backend.FromHost(shape, x));

            // Attention takes the type of its queries: those of a transformer come out of a product.
            using var projected = backend.Linear(_x, Weight(config.Dim, config.Dim, values));
            _heads = Own(backend.Reshape(projected, new Shape(items, _rows, config.Heads, config.HeadDim)));
            _first = Result();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>How often <see cref="Run"/> repeats the products and the attention.</summary>
    public int Rounds { get; private set; } = 1;

    public KernelSizes Sizes => new(Rounds, _items, _rows, _config.Dim, _config.FfnDim, _config.Heads, _config.HeadDim, _weights.Count);

    /// <summary>Chooses the rounds so that a run that now takes <paramref name="nowSeconds"/> takes <paramref name="wantedSeconds"/>.</summary>
    public void Fit(double nowSeconds, double wantedSeconds) => Rounds = Math.Max(1, (int)Math.Round(Rounds * wantedSeconds / nowSeconds));

    /// <summary>The whole sequence once. The device may still be at it when this returns.</summary>
    public void Run()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var (product, mixed) = Round(round % _weights.Count);
            product.Dispose();
            mixed.Dispose();
        }
    }

    /// <summary>Whether a round gives the bits it gave at the start.</summary>
    public bool RepeatsItself() => Result().AsSpan().SequenceEqual(_first);

    public void Dispose() => _owned.ForEach(owned => owned.Dispose());

    private (Tensor Product, Tensor Mixed) Round(int set)
    {
        using var hidden = _backend.Linear(_x, _weights[set].In, Activation.GeluTanh);
        var product = _backend.Linear(hidden, _weights[set].Out);
        return (product, _backend.Attention(_heads, _heads, _heads, 1 / MathF.Sqrt(_config.HeadDim)));
    }

    private float[] Result()
    {
        var (product, mixed) = Round(0);
        using (product)
        using (mixed)
        {
            var values = new float[product.Shape.Count + mixed.Shape.Count];
            _backend.ToHost(product, values.AsSpan(0, (int)product.Shape.Count));
            _backend.ToHost(mixed, values.AsSpan((int)product.Shape.Count));
            return values;
        }
    }

    private LinearWeight Weight(int outputs, int inputs, float[] buffer)
    {
        var values = buffer.AsSpan(0, outputs * inputs);
        new TorchRandom((ulong)_weights.Count).Normal(values);
        var scale = 1 / MathF.Sqrt(inputs);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] *= scale;
        }

        return Own(_backend.PrepareLinear(outputs, inputs, values, [], _type));
    }

    private T Own<T>(T made)
        where T : IDisposable
    {
        _owned.Add(made);
        return made;
    }
}

/// <summary>
/// What one run of the reference kernel computes: Rounds times x (Items, Rows, Dim) to FfnDim and back, and attention over (Items, Rows, Heads, HeadDim).
/// WeightSets pairs of matrices are used in turn.
/// </summary>
public sealed record KernelSizes(int Rounds, int Items, int Rows, int Dim, int FfnDim, int Heads, int HeadDim, int WeightSets)
{
    public override string ToString() =>
        $"{Rounds} rounds of ({Items}, {Rows}, {Dim}) x ({Dim}, {FfnDim}), gelu, ({Items}, {Rows}, {FfnDim}) x ({FfnDim}, {Dim}) and attention ({Items}, {Rows}, {Heads}, {HeadDim}); {WeightSets} weight sets in turn";
}
