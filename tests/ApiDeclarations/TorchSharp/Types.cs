namespace TorchSharp;

public enum DeviceType
{
    CPU = 0,
    CUDA = 1,
}

public enum PaddingModes
{
    Constant = 4,
}

public sealed class DisposeScope : IDisposable
{
    public void Dispose() => throw null!;
}

public sealed class Scalar : IDisposable
{
    public static implicit operator Scalar(int value) => throw null!;

    public static implicit operator Scalar(long value) => throw null!;

    public static implicit operator Scalar(float value) => throw null!;

    public static implicit operator Scalar(double value) => throw null!;

    public void Dispose() => throw null!;
}
