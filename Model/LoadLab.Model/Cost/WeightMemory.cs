using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Cost;

/// <summary>
/// Bytes an engine holds for a network's tensors: linear and convolution weights in the engine's layout and the asked type; norms' gains and modulation tables
/// as float32 tensors, as <see cref="LoadedWeights"/> reads them.
/// </summary>
internal static class WeightMemory
{
    private const string Weight = ".weight";

    /// <summary>Values in a tensor.</summary>
    public static long Values(TensorSpec spec) => spec.Shape.Aggregate(1L, (count, extent) => count * extent);

    /// <param name="engine">Where they are held.</param>
    /// <param name="specs">A network's tensors; a layer's bias follows its weight.</param>
    /// <param name="type">Of the layers' weights.</param>
    /// <param name="isFull">Layers that stay float32 whatever the type.</param>
    public static long Bytes(EngineMemory engine, IEnumerable<TensorSpec> specs, ElementType type, Func<string, bool>? isFull = null)
    {
        var all = specs.ToDictionary(spec => spec.Name, StringComparer.Ordinal);
        var sum = 0L;
        foreach (var spec in all.Values)
        {
            if (spec.Kind == WeightKind.Matrix)
            {
                var held = isFull?.Invoke(spec.Name) == true ? ElementType.Float32 : type;
                var bias = all.ContainsKey($"{spec.Name[..^Weight.Length]}.bias");
                sum += engine.Weight(spec.Shape[0], Values(spec) / spec.Shape[0], bias, held);
            }
            else if (!IsOfLayer(spec, all))
            {
                sum += engine.Tensor(Values(spec), ElementType.Float32);
            }
        }

        return sum;
    }

    private static bool IsOfLayer(TensorSpec spec, Dictionary<string, TensorSpec> all) =>
        spec.Kind == WeightKind.Bias
        && all.TryGetValue(spec.Name[..^".bias".Length] + Weight, out var weight)
        && weight.Kind == WeightKind.Matrix;
}
