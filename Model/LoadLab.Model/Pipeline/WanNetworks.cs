using LoadLab.Model.Diffusion;
using LoadLab.Model.TextEncoder;
using LoadLab.Model.Vae;
using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Pipeline;

/// <summary>The loaded networks of a model. Loading checks every tensor's name and shape before any value is read.</summary>
internal sealed class WanNetworks : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    private WanNetworks(ITensorBackend backend, WanModelSpec spec, NetworkWeights weights, ElementType type)
    {
        try
        {
            TextEncoder = Own(new UmT5Encoder(backend, spec.TextEncoder, weights.TextEncoder, type));
            var high = Own(new DitModel(backend, spec.Transformer, weights.Transformer, type));
            var low = weights.LowNoise is null ? null : Own(new DitModel(backend, spec.Transformer, weights.LowNoise, type));
            Experts = new DitExperts(high, low, spec.ExpertBoundary ?? 0);
            Vae = Own(new VaeDecoder(backend, spec.Vae, spec.Statistics, weights.Vae));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public UmT5Encoder TextEncoder { get; }

    public DitExperts Experts { get; }

    public VaeDecoder Vae { get; }

    /// <summary>The type is that of the text encoder's and transformers' weights; the decoder of the latents stays float32, as in the reference.</summary>
    public static WanNetworks Load(ITensorBackend backend, WanModelSpec spec, NetworkWeights weights, ElementType type = ElementType.Float32)
    {
        var problems = new List<string>();
        Collect(problems, weights.TextEncoder, spec.TextEncoder.Tensors());
        Collect(problems, weights.Transformer, spec.Transformer.Tensors());
        Collect(problems, weights.LowNoise, spec.Transformer.Tensors());
        Collect(problems, weights.Vae, spec.Vae.Tensors());
        return problems.Count > 0 ? throw new WeightsException(problems) : new WanNetworks(backend, spec, weights, type);
    }

    public void Dispose()
    {
        _owned.ForEach(network => network.Dispose());
        _owned.Clear();
    }

    private static void Collect(List<string> problems, WeightView? view, IEnumerable<TensorSpec> specs) => problems.AddRange(view?.Problems(specs) ?? []);

    private T Own<T>(T network)
        where T : IDisposable
    {
        _owned.Add(network);
        return network;
    }
}

/// <summary>Where each network's tensors are. LowNoise is null for a model with one transformer.</summary>
internal sealed record NetworkWeights(WeightView TextEncoder, WeightView Transformer, WeightView? LowNoise, WeightView Vae);
