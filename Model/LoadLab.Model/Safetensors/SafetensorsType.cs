namespace LoadLab.Model.Safetensors;

/// <summary>Element types a safetensors header may name. Those without a float32 or integer reading here are listed but refused on read.</summary>
public enum SafetensorsType
{
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,
    Bool,
    F8E4M3,
    F8E5M2,
}

internal static class SafetensorsTypes
{
    private static readonly Dictionary<string, (SafetensorsType Type, int Bytes)> ByName = new(StringComparer.Ordinal)
    {
        ["F64"] = (SafetensorsType.F64, 8),
        ["F32"] = (SafetensorsType.F32, 4),
        ["F16"] = (SafetensorsType.F16, 2),
        ["BF16"] = (SafetensorsType.BF16, 2),
        ["I64"] = (SafetensorsType.I64, 8),
        ["I32"] = (SafetensorsType.I32, 4),
        ["I16"] = (SafetensorsType.I16, 2),
        ["I8"] = (SafetensorsType.I8, 1),
        ["U64"] = (SafetensorsType.U64, 8),
        ["U32"] = (SafetensorsType.U32, 4),
        ["U16"] = (SafetensorsType.U16, 2),
        ["U8"] = (SafetensorsType.U8, 1),
        ["BOOL"] = (SafetensorsType.Bool, 1),
        ["F8_E4M3"] = (SafetensorsType.F8E4M3, 1),
        ["F8_E5M2"] = (SafetensorsType.F8E5M2, 1),
    };

    private static readonly Dictionary<SafetensorsType, int> Sizes = ByName.Values.ToDictionary(v => v.Type, v => v.Bytes);

    /// <summary>What to do about a weight of a type that is not read.</summary>
    public const string Convert = "convert it to BF16, F16 or F32";

    public static string Known { get; } = string.Join(", ", ByName.Keys);

    public static bool TryParse(string name, out SafetensorsType type)
    {
        var found = ByName.TryGetValue(name, out var known);
        type = known.Type;
        return found;
    }

    /// <summary>Types that weights are stored in; quantised ones need scales that are not read here.</summary>
    public static bool IsWeight(SafetensorsType type) => type is SafetensorsType.F32 or SafetensorsType.BF16 or SafetensorsType.F16 or SafetensorsType.F64;

    public static int Size(SafetensorsType type) => Sizes[type];

    public static string Name(SafetensorsType type) => ByName.First(pair => pair.Value.Type == type).Key;
}
