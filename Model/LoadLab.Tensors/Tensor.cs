namespace LoadLab.Tensors;

/// <summary>A row-major, contiguous tensor that lives on a backend, float32 unless the backend says otherwise. Dispose returns its bytes to the backend's memory at once.</summary>
public abstract class Tensor(Shape shape) : IDisposable
{
    public Shape Shape { get; } = shape;

    public virtual long Bytes => Shape.Count * sizeof(float);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}

/// <summary>A weight of <see cref="ITensorBackend.Linear"/> in the backend's own layout.</summary>
public abstract class LinearWeight(int inFeatures, int outFeatures) : IDisposable
{
    public int InFeatures { get; } = inFeatures;

    public int OutFeatures { get; } = outFeatures;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}

/// <summary>A weight of <see cref="ITensorBackend.Convolution"/> in the backend's own layout.</summary>
public abstract class ConvolutionWeight(int inChannels, int outChannels, int kernelTime, int kernelHeight, int kernelWidth) : IDisposable
{
    public int InChannels { get; } = inChannels;

    public int OutChannels { get; } = outChannels;

    public int KernelTime { get; } = kernelTime;

    public int KernelHeight { get; } = kernelHeight;

    public int KernelWidth { get; } = kernelWidth;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
