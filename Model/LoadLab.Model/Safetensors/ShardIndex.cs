using System.Text.Json;

namespace LoadLab.Model.Safetensors;

/// <summary>
/// The index of a sharded checkpoint, *.safetensors.index.json: which tensor is in which file beside it. A hostile one cannot name a file elsewhere.
/// Format: {"metadata": {...}, "weight_map": {"tensor": "shard.safetensors", ...}}.
/// </summary>
internal sealed class ShardIndex
{
    public const string Extension = ".safetensors.index.json";

    // The largest published one, of A14B, has 0.1 MB.
    private const long MaxBytes = 16 << 20;
    private const int MaxDepth = 8;

    private readonly ILookup<string, string> _tensors;

    private ShardIndex(string path, IReadOnlyDictionary<string, string> shardOf)
    {
        Path = path;
        _tensors = shardOf.ToLookup(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);
    }

    public string Path { get; }

    /// <summary>File names beside the index, in ordinal order.</summary>
    public IEnumerable<string> Shards => _tensors.Select(group => group.Key).Order(StringComparer.Ordinal);

    /// <summary>Tensors that a shard must hold.</summary>
    public IEnumerable<string> TensorsOf(string shard) => _tensors[shard];

    /// <exception cref="SafetensorsException">It cannot be read, is no index, or names what cannot be a file beside it.</exception>
    public static ShardIndex Read(string path)
    {
        try
        {
            var length = new FileInfo(path).Length;
            if (length > MaxBytes)
            {
                throw Refuse(path, $"{length} bytes; the limit for an index is {MaxBytes}");
            }

            using var json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = MaxDepth });
            return new ShardIndex(path, Map(json.RootElement, path));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not valid UTF-8.
            throw Refuse(path, $"is not valid JSON: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refuse(path, $"cannot be read: {e.Message}");
        }
    }

    private static Dictionary<string, string> Map(JsonElement root, string path)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
        {
            throw Refuse(path, "has no object 'weight_map' of tensor and shard names");
        }

        var shardOf = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in map.EnumerateObject())
        {
            var shard = pair.Value.ValueKind == JsonValueKind.String ? pair.Value.GetString()! : throw Refuse(path, $"the shard of tensor '{pair.Name}' must be a file name");
            if (!IsFileName(shard))
            {
                throw Refuse(path, $"tensor '{pair.Name}' is said to be in '{shard}'; a shard is a *.safetensors file beside the index");
            }

            if (!shardOf.TryAdd(pair.Name, shard))
            {
                throw Refuse(path, $"tensor '{pair.Name}' appears twice");
            }
        }

        return shardOf.Count > 0 ? shardOf : throw Refuse(path, "'weight_map' is empty");
    }

    // Separators of any system, whichever this is.
    private static bool IsFileName(string shard) =>
        shard.EndsWith(".safetensors", StringComparison.Ordinal) && !shard.Contains("..", StringComparison.Ordinal) && shard.IndexOfAny(['/', '\\', ':', '\0']) < 0;

    private static SafetensorsException Refuse(string path, string problem) => new(SafetensorsCheck.HeaderJson, path, null, problem);
}
