namespace LoadLab.Model.Weights;

/// <summary>How a weight of this kind is drawn when a small model's weights are made; reading ignores it.</summary>
internal enum WeightKind
{
    /// <summary>Linear or convolution weight: deviation 1/sqrt(inputs), inputs = product of all extents but the first.</summary>
    Matrix,

    /// <summary>Deviation 0.1.</summary>
    Bias,

    /// <summary>1 with deviation 0.2.</summary>
    Gain,

    /// <summary>Additive modulation table, deviation 0.3.</summary>
    Modulation,

    /// <summary>Embedding table, deviation 1.</summary>
    Embedding,
}

/// <summary>A tensor a network needs: its name in the original checkpoint layout, its shape [out, in, ...] and its kind.</summary>
internal sealed record TensorSpec(string Name, int[] Shape, WeightKind Kind)
{
    public static TensorSpec Matrix(string name, params int[] shape) => new(name, shape, WeightKind.Matrix);

    public static TensorSpec Bias(string name, int length) => new(name, [length], WeightKind.Bias);

    public static TensorSpec Gain(string name, params int[] shape) => new(name, shape, WeightKind.Gain);

    /// <summary>A weight [out, in, ...] and its bias.</summary>
    public static IEnumerable<TensorSpec> Layer(string name, params int[] shape) => [Matrix($"{name}.weight", shape), Bias($"{name}.bias", shape[0])];
}
