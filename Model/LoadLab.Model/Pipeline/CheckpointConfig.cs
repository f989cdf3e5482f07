using System.Globalization;
using System.Text.Json;
using LoadLab.Model.Diffusion;
using LoadLab.Model.TextEncoder;
using LoadLab.Model.Vae;

namespace LoadLab.Model.Pipeline;

/// <summary>
/// What the config.json beside a network's files must say. Compared field by field where a field is there; the key names are those of the original repositories and of Diffusers.
/// A folder of the original layout has one config.json, the transformer's, beside the files of all networks: a network's own is told by a key that the others lack.
/// </summary>
internal sealed class CheckpointConfig
{
    private const string FileName = "config.json";
    private const long MaxBytes = 1 << 20;

    private readonly string _own;
    private readonly (string Key, double[] Expected)[] _fields;

    private CheckpointConfig(string own, params (string Key, double[] Expected)[] fields)
    {
        _own = own;
        _fields = fields;
    }

    public static CheckpointConfig Of(DitConfig dit) => new(
        "ffn_dim",
        ("dim", [dit.Dim]),
        ("ffn_dim", [dit.FfnDim]),
        ("num_layers", [dit.Layers]),
        ("num_heads", [dit.Heads]),
        ("num_attention_heads", [dit.Heads]),
        ("attention_head_dim", [dit.HeadDim]),
        ("in_dim", [dit.InChannels]),
        ("in_channels", [dit.InChannels]),
        ("out_dim", [dit.OutChannels]),
        ("out_channels", [dit.OutChannels]),
        ("patch_size", [dit.PatchFrames, dit.PatchHeight, dit.PatchWidth]),
        ("text_dim", [dit.TextDim]),
        ("text_len", [dit.TextLength]),
        ("freq_dim", [dit.FreqDim]),
        ("eps", [Math.Round((double)dit.Epsilon, 12)]));

    public static CheckpointConfig Of(UmT5Config text) => new(
        "d_model",
        ("vocab_size", [text.VocabularySize]),
        ("d_model", [text.Dim]),
        ("d_kv", [text.HeadDim]),
        ("d_ff", [text.FfnDim]),
        ("num_layers", [text.Layers]),
        ("num_heads", [text.Heads]),
        ("relative_attention_num_buckets", [text.Buckets]),
        ("relative_attention_max_distance", [UmT5Config.MaxDistance]));

    public static CheckpointConfig Of(VaeConfig vae) => new(
        "z_dim",
        ("z_dim", [vae.LatentChannels]),
        (vae.Version == VaeVersion.Wan22 ? "decoder_base_dim" : "base_dim", [vae.BaseDim]),
        ("dim_mult", [.. vae.Multipliers.Select(multiplier => (double)multiplier)]),
        ("num_res_blocks", [vae.ResidualBlocks]));

    /// <summary>A line per field of the folder's config.json that differs; empty when none does or there is no such file.</summary>
    public IReadOnlyList<string> Problems(string folder, string model)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            return new FileInfo(path).Length <= MaxBytes ? Compare(path, model) : [$"{path}: larger than the {MaxBytes} bytes a configuration may have"];
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return [$"{path}: cannot be read: {e.Message}"];
        }
    }

    private IReadOnlyList<string> Compare(string path, string model)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        var root = json.RootElement;
        return root.ValueKind == JsonValueKind.Object && root.TryGetProperty(_own, out _)
            ? [.. _fields.Select(field => Problem(root, field.Key, field.Expected, path, model)).OfType<string>()]
            : [];
    }

    private static string? Problem(JsonElement root, string key, double[] expected, string path, string model) =>
        !root.TryGetProperty(key, out var found) || found.ValueKind == JsonValueKind.Null || Numbers(found).SequenceEqual(expected)
            ? null
            : $"{path}: {key} is {found.GetRawText()}, but {model} has {Text(expected)}";

    private static IEnumerable<double> Numbers(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => [value.GetDouble()],
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Numbers),
        _ => [double.NaN],
    };

    private static string Text(double[] values)
    {
        var text = string.Join(", ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)));
        return values.Length == 1 ? text : $"[{text}]";
    }
}
