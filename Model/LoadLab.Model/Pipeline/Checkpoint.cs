using LoadLab.Model.Nano;
using LoadLab.Model.Vae;
using LoadLab.Model.Weights;

namespace LoadLab.Model.Pipeline;

/// <summary>
/// A model's weights at hand: for each network a view that can be loaded, freed and loaded again while this is open. The text encoder reads its embedding rows from it
/// at every prompt, so it outlives the networks. A checkpoint of a model with one transformer: every *.safetensors of the folder and of the folders in it.
/// One with two experts: likewise, but the experts in the folders high_noise_model and low_noise_model, or transformer and transformer_2, whose tensors have the same names.
/// Names are the original ones or those of Diffusers.
/// </summary>
internal sealed class Checkpoint : IDisposable
{
    private static readonly string[] HighNoise = ["high_noise_model", "transformer"];
    private static readonly string[] LowNoise = ["low_noise_model", "transformer_2"];

    private readonly List<WeightStore> _stores = [];

    private Checkpoint(WanModelSpec model, WeightsSource source)
    {
        Source = source;
        try
        {
            Weights = source switch
            {
                WeightsSource.Seeded seeded => Seeded(model, seeded.CacheFolder),
                WeightsSource.Folder folder => Full(model, folder.Path),
                _ => Drawn(model),
            };
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public WeightsSource Source { get; }

    public NetworkWeights Weights { get; }

    /// <exception cref="WeightsException">Something is missing or does not fit; every problem at once.</exception>
    /// <exception cref="Safetensors.SafetensorsException">A file was refused.</exception>
    public static Checkpoint Open(WanModelSpec model, WeightsSource source) => new(model, source);

    public void Dispose() => _stores.ForEach(store => store.Dispose());

    private static NetworkWeights Drawn(WanModelSpec model)
    {
        DrawnWeights Of(string prefix, IEnumerable<TensorSpec> specs) => new($"{model.Name}/{prefix.TrimEnd('/')}", specs);
        return new NetworkWeights(
            Of(SeededWeights.TextEncoderPrefix, model.TextEncoder.Tensors()),
            Of(SeededWeights.TransformerPrefix, model.Transformer.Tensors()),
            model.ExpertBoundary is null ? null : Of(SeededWeights.LowNoisePrefix, model.Transformer.Tensors()),
            Of(SeededWeights.VaePrefix, model.Vae.Tensors()));
    }

    private NetworkWeights Seeded(WanModelSpec model, string cacheFolder)
    {
        var store = Add(WeightStore.Open(SeededWeights.Ensure(model, cacheFolder)));
        var low = model.ExpertBoundary is null ? null : store.View(SeededWeights.LowNoisePrefix);
        return new NetworkWeights(store.View(SeededWeights.TextEncoderPrefix), store.View(SeededWeights.TransformerPrefix), low, store.View(SeededWeights.VaePrefix));
    }

    private NetworkWeights Full(WanModelSpec model, string folder)
    {
        string[] experts = model.ExpertBoundary is null ? [] : [.. HighNoise, .. LowNoise];
        var shared = Add(WeightStore.Open(folder, experts));
        var text = shared.View("", TensorNaming.TextEncoder);
        var blocks = model.Vae.ResidualBlocks;
        var vae = shared.View("", model.Vae.Version == VaeVersion.Wan22 ? TensorNaming.Vae22(blocks) : TensorNaming.Vae21(blocks));
        return model.ExpertBoundary is null
            ? new NetworkWeights(text, shared.View("", TensorNaming.Transformer), null, vae)
            : new NetworkWeights(text, Expert(folder, HighNoise), Expert(folder, LowNoise), vae);
    }

    private WeightView Expert(string folder, string[] names)
    {
        var path = names.Select(name => Path.Combine(folder, name)).FirstOrDefault(Directory.Exists) ?? Path.Combine(folder, names[0]);
        return Add(WeightStore.Open(path)).View("", TensorNaming.Transformer);
    }

    private WeightStore Add(WeightStore store)
    {
        _stores.Add(store);
        return store;
    }
}
