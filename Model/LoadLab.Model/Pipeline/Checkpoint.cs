using LoadLab.Model.Nano;
using LoadLab.Model.Vae;
using LoadLab.Model.Weights;

namespace LoadLab.Model.Pipeline;

/// <summary>
/// A model's weights at hand: for each network a view that can be loaded, freed and loaded again while this is open. The text encoder reads its embedding rows from it
/// at every prompt, so it outlives the networks. A folder may be laid out as the original repositories (with their .pth files converted), as Diffusers, or hold repackaged
/// files; the two experts of a model, whose tensors have the same names, are told apart by folder or file name.
/// </summary>
internal sealed class Checkpoint : IDisposable
{
    private readonly IDisposable? _files;

    private Checkpoint(WeightsSource source, NetworkWeights weights, IDisposable? files = null)
    {
        Source = source;
        Weights = weights;
        _files = files;
    }

    public WeightsSource Source { get; }

    public NetworkWeights Weights { get; }

    /// <exception cref="WeightsException">Something is missing or does not fit; every problem at once.</exception>
    /// <exception cref="Safetensors.SafetensorsException">A file was refused.</exception>
    public static Checkpoint Open(WanModelSpec model, WeightsSource source) => source switch
    {
        WeightsSource.Seeded seeded => Seeded(model, seeded),
        WeightsSource.Folder folder => Full(model, folder),
        _ => new Checkpoint(source, Drawn(model)),
    };

    public void Dispose() => _files?.Dispose();

    private static NetworkWeights Drawn(WanModelSpec model)
    {
        DrawnWeights Of(string prefix, IEnumerable<TensorSpec> specs) => new($"{model.Name}/{prefix.TrimEnd('/')}", specs);
        return new NetworkWeights(
            Of(SeededWeights.TextEncoderPrefix, model.TextEncoder.Tensors()),
            Of(SeededWeights.TransformerPrefix, model.Transformer.Tensors()),
            model.ExpertBoundary is null ? null : Of(SeededWeights.LowNoisePrefix, model.Transformer.Tensors()),
            Of(SeededWeights.VaePrefix, model.Vae.Tensors()));
    }

    private static Checkpoint Seeded(WanModelSpec model, WeightsSource.Seeded source)
    {
        var store = WeightStore.Open(SeededWeights.Ensure(model, source.CacheFolder));
        var low = model.ExpertBoundary is null ? null : store.View(SeededWeights.LowNoisePrefix);
        var weights = new NetworkWeights(store.View(SeededWeights.TextEncoderPrefix), store.View(SeededWeights.TransformerPrefix), low, store.View(SeededWeights.VaePrefix));
        return new Checkpoint(source, weights, store);
    }

    private static Checkpoint Full(WanModelSpec model, WeightsSource.Folder source)
    {
        var folder = new CheckpointFolder(source.Path, model.Name);
        var text = folder.Find(TextEncoder(model));
        var transformer = folder.Find(model.ExpertBoundary is null ? Transformer(model) : HighNoise(model));
        var low = model.ExpertBoundary is null ? null : folder.Find(LowNoise(model));
        var vae = folder.Find(Vae(model));
        if (folder.Problems.Count == 0)
        {
            return new Checkpoint(source, new NetworkWeights(text!, transformer!, low, vae!), folder);
        }

        folder.Dispose();
        throw new WeightsException(folder.Problems);
    }

    private static NetworkPart TextEncoder(WanModelSpec model) => new(
        "text encoder",
        TensorNaming.TextEncoder,
        model.TextEncoder.Tensors(),
        CheckpointConfig.Of(model.TextEncoder),
        "models_t5_umt5-xxl-enc-bf16.safetensors, converted, or the folder text_encoder of the Diffusers layout",
        []);

    private static NetworkPart Transformer(WanModelSpec model) => new(
        "transformer",
        TensorNaming.Transformer,
        model.Transformer.Tensors(),
        CheckpointConfig.Of(model.Transformer),
        "diffusion_pytorch_model-*.safetensors with their index, or the folder transformer of the Diffusers layout",
        []);

    private static NetworkPart HighNoise(WanModelSpec model) => Transformer(model) with
    {
        What = "high-noise transformer",
        Usual = "the folder high_noise_model, or transformer of the Diffusers layout",
        Folders = ["high_noise_model", "transformer"],
        Word = "high_noise",
    };

    private static NetworkPart LowNoise(WanModelSpec model) => Transformer(model) with
    {
        What = "low-noise transformer",
        Usual = "the folder low_noise_model, or transformer_2 of the Diffusers layout",
        Folders = ["low_noise_model", "transformer_2"],
        Word = "low_noise",
    };

    private static NetworkPart Vae(WanModelSpec model)
    {
        var isWan22 = model.Vae.Version == VaeVersion.Wan22;
        return new NetworkPart(
            "VAE",
            isWan22 ? TensorNaming.Vae22(model.Vae.ResidualBlocks) : TensorNaming.Vae21(model.Vae.ResidualBlocks),
            model.Vae.Tensors(),
            CheckpointConfig.Of(model.Vae),
            $"Wan{(isWan22 ? "2.2" : "2.1")}_VAE.safetensors, converted, or the folder vae of the Diffusers layout",
            []);
    }
}
