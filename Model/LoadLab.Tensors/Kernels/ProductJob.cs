namespace LoadLab.Tensors;

/// <summary>c (rows, columns of the panels) = activation(a (rows, depth) * panels + bias).</summary>
internal unsafe struct ProductJob
{
    public float* A;
    public nint AStride;
    public Panels Right;
    public float* C;
    public nint CStride;
    public Activation Activation;
}
