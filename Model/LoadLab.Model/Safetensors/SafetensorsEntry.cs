namespace LoadLab.Model.Safetensors;

/// <summary>One tensor of a file: its range [Begin, End) counts from the first byte after the header.</summary>
public sealed record SafetensorsEntry(string Name, SafetensorsType Type, IReadOnlyList<int> Shape, long Begin, long End)
{
    /// <summary>Number of elements; a scalar has shape [] and one.</summary>
    public long Count => Shape.Aggregate(1L, (count, extent) => count * extent);

    internal string ShapeText => FormatShape(Shape);

    internal static string FormatShape(IEnumerable<int> shape) => $"[{string.Join(", ", shape)}]";
}
