using LoadLab.Model.Nano;
using LoadLab.Model.Weights;

namespace LoadLab.Model.Pipeline;

/// <summary>
/// The mapped files of a model, open while it loads. A model with one transformer: every *.safetensors of the folder and of the folders in it.
/// One with two experts: likewise, but the experts in the folders high_noise_model and low_noise_model, whose tensors have the same names.
/// </summary>
internal sealed class Checkpoint : IDisposable
{
    private const string HighNoise = "high_noise_model";
    private const string LowNoise = "low_noise_model";

    private readonly List<WeightStore> _stores = [];

    private Checkpoint(WanModelSpec model, string folder)
    {
        try
        {
            Weights = model.IsSeeded ? Seeded(model, folder) : Full(model, folder);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public NetworkWeights Weights { get; }

    public static Checkpoint Open(WanModelSpec model, string folder) => new(model, folder);

    public void Dispose() => _stores.ForEach(store => store.Dispose());

    private NetworkWeights Seeded(WanModelSpec model, string cacheFolder)
    {
        var store = Add(WeightStore.Open(SeededWeights.Ensure(model, cacheFolder)));
        var low = model.ExpertBoundary is null ? null : store.View(SeededWeights.LowNoisePrefix);
        return new NetworkWeights(store.View(SeededWeights.TextEncoderPrefix), store.View(SeededWeights.TransformerPrefix), low, store.View(SeededWeights.VaePrefix));
    }

    private NetworkWeights Full(WanModelSpec model, string folder)
    {
        var shared = Add(WeightStore.Open(folder, except: [HighNoise, LowNoise])).View();
        if (model.ExpertBoundary is null)
        {
            return new NetworkWeights(shared, shared, null, shared);
        }

        var high = Add(WeightStore.Open(Path.Combine(folder, HighNoise))).View();
        var low = Add(WeightStore.Open(Path.Combine(folder, LowNoise))).View();
        return new NetworkWeights(shared, high, low, shared);
    }

    private WeightStore Add(WeightStore store)
    {
        _stores.Add(store);
        return store;
    }
}
