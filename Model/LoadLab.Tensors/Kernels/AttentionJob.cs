namespace LoadLab.Tensors;

/// <summary>Keys and values are packed per (item, head): keys as panels of (HeadDim, 2 vectors of keys), values as panels of (Keys, columns of the head).</summary>
internal unsafe struct AttentionJob
{
    public float* Q;
    public float* PackedKeys;
    public float* PackedValues;
    public float* Bias;
    public float* Y;
    public int Queries;
    public int Keys;
    public int Heads;
    public int HeadDim;
    public int KeyItems;
    public float Scale;

    /// <summary>Keys that count per item, or null for all.</summary>
    public int* KeyLengths;
}
