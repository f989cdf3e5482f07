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
    /// <param name="backend">The device.</param>
    /// <param name="host">The host backend, for a text encoder there.</param>
    /// <param name="weights">Usable for as long as the networks are.</param>
    private WanNetworks(WanModelSpec spec, ResidencyPlan plan, ITensorBackend backend, ITensorBackend? host, NetworkWeights weights)
    {
        var textType = plan.Text == TextPlace.Host ? ElementType.Float32 : plan.TextType;
        var textBackend = plan.Text == TextPlace.Host ? host ?? throw new ArgumentException("a text encoder on the host needs a host backend", nameof(host)) : backend;
        var expertsStay = plan.Transformer == TransformerPlace.Device;
        _text = new(plan.Text != TextPlace.Offloaded, () => new UmT5Encoder(textBackend, spec.TextEncoder, weights.TextEncoder, textType));
        _high = new(expertsStay, () => new DitModel(backend, spec.Transformer, weights.Transformer, plan.TransformerType));
        _low = weights.LowNoise is null ? null : new(expertsStay, () => new DitModel(backend, spec.Transformer, weights.LowNoise, plan.TransformerType));
        _vae = new(isResident: true, () => new VaeDecoder(backend, spec.Vae, spec.Statistics, weights.Vae, plan.VaeType));
        Experts = new DitExperts(() => Expert(_high, _low), _low is null ? null : () => Expert(_low, _high), spec.ExpertBoundary ?? 0);
    }

    /// <summary>Those that were asked for at first or have been used since.</summary>
    public ModelParts Parts { get; private set; }

    public UmT5Encoder TextEncoder => Use(ModelParts.Text, _text);

    public DitExperts Experts { get; }

    public VaeDecoder Vae => Use(ModelParts.Decode, _vae);

    /// <summary>Checks the weights and loads what is resident of the parts asked for; the others are loaded at their first use.</summary>
    public static WanNetworks Load(WanModelSpec spec, ResidencyPlan plan, ModelParts parts, ITensorBackend backend, ITensorBackend? host, NetworkWeights weights)
    {
        Check(spec, weights);
        var networks = new WanNetworks(spec, plan, backend, host, weights);
        try
        {
            networks.Start(parts);
            return networks;
        }
        catch
        {
            networks.Dispose();
            throw;
        }
    }

    /// <summary>Text is encoded: its encoder is no longer needed.</summary>
    public void EndText() => _text.Release();

    /// <summary>The last step is done, or another batch comes: no expert is needed.</summary>
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

    private void Start(ModelParts parts)
    {
        Parts = parts;
        if (parts.HasFlag(ModelParts.Text))
        {
            _text.Start();
        }

        if (parts.HasFlag(ModelParts.Denoise))
        {
            _high.Start();
            _low?.Start();
        }

        if (parts.HasFlag(ModelParts.Decode))
        {
            _vae.Start();
        }
    }

    // One expert at a time, where they are not resident.
    private DitModel Expert(OnDemand<DitModel> wanted, OnDemand<DitModel>? other)
    {
        other?.Release();
        return Use(ModelParts.Denoise, wanted);
    }

    private T Use<T>(ModelParts part, OnDemand<T> network)
        where T : class, IDisposable
    {
        Parts |= part;
        return network.Get();
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
