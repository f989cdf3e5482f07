using LoadLab.Model.Diffusion;
using LoadLab.Model.Residency;
using LoadLab.Model.TextEncoder;
using LoadLab.Model.Vae;
using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Pipeline;

/// <summary>
/// The networks of a model, each where its plan puts it. Loading checks every tensor's name and shape before any value is read; parts that are not resident are read
/// again from the same place whenever their stage comes.
/// </summary>
internal sealed class WanNetworks : IDisposable
{
    private readonly OnDemand<UmT5Encoder> _text;
    private readonly OnDemand<DitModel> _high;
    private readonly OnDemand<DitModel>? _low;
    private readonly OnDemand<VaeDecoder> _vae;

    /// <param name="spec">Dimensions.</param>
    /// <param name="plan">Where the parts live.</param>
    /// <param name="parts">Those that may be resident; the others come and go with their stage.</param>
    /// <param name="backend">The device.</param>
    /// <param name="host">The host backend, for a text encoder there.</param>
    /// <param name="weights">Usable for as long as the networks are.</param>
    private WanNetworks(WanModelSpec spec, ResidencyPlan plan, ModelParts parts, ITensorBackend backend, ITensorBackend? host, NetworkWeights weights)
    {
        var textType = plan.Text == TextPlace.Host ? ElementType.Float32 : plan.TextType;
        var textBackend = plan.Text == TextPlace.Host ? host ?? throw new ArgumentException("a text encoder on the host needs a host backend", nameof(host)) : backend;
        var expertsStay = plan.Transformer == TransformerPlace.Device && parts.HasFlag(ModelParts.Denoise);
        _text = new(plan.Text != TextPlace.Offloaded && parts.HasFlag(ModelParts.Text), () => new UmT5Encoder(textBackend, spec.TextEncoder, weights.TextEncoder, textType));
        _high = new(expertsStay, () => new DitModel(backend, spec.Transformer, weights.Transformer, plan.TransformerType));
        _low = weights.LowNoise is null ? null : new(expertsStay, () => new DitModel(backend, spec.Transformer, weights.LowNoise, plan.TransformerType));
        _vae = new(parts.HasFlag(ModelParts.Decode), () => new VaeDecoder(backend, spec.Vae, spec.Statistics, weights.Vae, plan.VaeType));
        Experts = new DitExperts(() => Expert(_high, _low), _low is null ? null : () => Expert(_low, _high), spec.ExpertBoundary ?? 0);
    }

    public UmT5Encoder TextEncoder => _text.Get();

    public DitExperts Experts { get; }

    public VaeDecoder Vae => _vae.Get();

    /// <summary>Checks the weights and loads what is resident.</summary>
    public static WanNetworks Load(WanModelSpec spec, ResidencyPlan plan, ModelParts parts, ITensorBackend backend, ITensorBackend? host, NetworkWeights weights)
    {
        Check(spec, weights);
        var networks = new WanNetworks(spec, plan, parts, backend, host, weights);
        try
        {
            networks._text.Start();
            networks._high.Start();
            networks._low?.Start();
            networks._vae.Start();
            return networks;
        }
        catch
        {
            networks.Dispose();
            throw;
        }
    }

    /// <summary>Another batch comes: what the last one left here, when it was given up, is no longer needed.</summary>
    public void BeginBatch()
    {
        EndText();
        EndDenoising();
        _vae.Release();
    }

    /// <summary>Text is encoded: its encoder is no longer needed.</summary>
    public void EndText() => _text.Release();

    /// <summary>The last step is done: no expert is needed.</summary>
    public void EndDenoising()
    {
        _high.Release();
        _low?.Release();
    }

    public void Dispose()
    {
        _text.Dispose();
        _high.Dispose();
        _low?.Dispose();
        _vae.Dispose();
    }

    // One expert at a time, where they are not resident.
    private static DitModel Expert(OnDemand<DitModel> wanted, OnDemand<DitModel>? other)
    {
        other?.Release();
        return wanted.Get();
    }

    private static void Check(WanModelSpec spec, NetworkWeights weights)
    {
        var problems = new List<string>();
        Collect(weights.TextEncoder, spec.TextEncoder.Tensors());
        Collect(weights.Transformer, spec.Transformer.Tensors());
        Collect(weights.LowNoise, spec.Transformer.Tensors());
        Collect(weights.Vae, spec.Vae.Tensors());
        if (problems.Count > 0)
        {
            throw new WeightsException(problems);
        }

        void Collect(WeightView? view, IEnumerable<TensorSpec> specs) => problems.AddRange(view?.Problems(specs) ?? []);
    }
}

/// <summary>Where each network's tensors are. LowNoise is null for a model with one transformer.</summary>
internal sealed record NetworkWeights(WeightView TextEncoder, WeightView Transformer, WeightView? LowNoise, WeightView Vae);
