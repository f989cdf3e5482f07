namespace LoadLab.Tensors;

/// <summary>The number format a weight is held and multiplied in.</summary>
public enum ElementType
{
    Float32,

    /// <summary>Eight bits of exponent, seven of fraction: what the published checkpoints run in.</summary>
    BFloat16,

    /// <summary>IEEE half precision.</summary>
    Float16,
}

/// <summary>Sizes of number formats.</summary>
public static class ElementTypes
{
    public static int Bytes(this ElementType type) => type == ElementType.Float32 ? 4 : 2;
}
