using LoadLab.Model.Pipeline;
using LoadLab.Model.Safetensors;
using LoadLab.Model.Weights;

namespace LoadLab.Model.Nano;

/// <summary>Random weights of the small models: made from a fixed seed, written once, read like any checkpoint ever after.</summary>
public static class SeededWeights
{
    // Part of the file name: a change of the drawing, of a configuration or of a name makes a new file.
    private const string Version = "v1";

    internal const string TextEncoderPrefix = "text_encoder/";
    internal const string TransformerPrefix = "dit/";
    internal const string LowNoisePrefix = "dit_low/";
    internal const string VaePrefix = "vae/";

    /// <summary>The file of a model in a cache folder.</summary>
    public static string PathOf(WanModelSpec model, string cacheFolder) => Path.Combine(cacheFolder, $"{model.Name}-{Version}.safetensors");

    /// <summary>Path of the model's weights, written first when absent. Whoever else writes them at the same time writes the same bytes.</summary>
    /// <exception cref="ArgumentException">The model's weights come from a checkpoint.</exception>
    public static string Ensure(WanModelSpec model, string cacheFolder)
    {
        if (!model.IsSeeded)
        {
            throw new ArgumentException($"the weights of {model.Name} come from its checkpoint", nameof(model));
        }

        var path = PathOf(model, cacheFolder);
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(cacheFolder);
            WriteOnce(model, path);
        }

        return path;
    }

    // Where a file in use cannot be replaced, whoever came first has written the same bytes.
    private static void WriteOnce(WanModelSpec model, string path)
    {
        try
        {
            Write(model, path);
        }
        catch (Exception e) when ((e is IOException or UnauthorizedAccessException) && File.Exists(path))
        {
        }
    }

    private static void Write(WanModelSpec model, string path)
    {
        TensorSpec[] specs =
        [
            .. Prefixed(TextEncoderPrefix, model.TextEncoder.Tensors()),
            .. Prefixed(TransformerPrefix, model.Transformer.Tensors()),
            .. model.ExpertBoundary is null ? [] : Prefixed(LowNoisePrefix, model.Transformer.Tensors()),
            .. Prefixed(VaePrefix, model.Vae.Tensors()),
        ];
        SafetensorsWriter.Write(
            path,
            [.. specs.Select(spec => (spec.Name, spec.Shape))],
            i => WeightDraw.Draw(specs[i], model.Name),
            new Dictionary<string, string> { ["model"] = model.Name, ["weights"] = "random, seeded by the model's and each tensor's name" });
    }

    private static IEnumerable<TensorSpec> Prefixed(string prefix, IEnumerable<TensorSpec> specs) => specs.Select(spec => spec with { Name = prefix + spec.Name });
}
