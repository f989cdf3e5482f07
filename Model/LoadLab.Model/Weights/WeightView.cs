using LoadLab.Tensors;

namespace LoadLab.Model.Weights;

/// <summary>One network's tensors, asked for by their original names, wherever they come from. Used by one thread at a time.</summary>
internal abstract class WeightView
{
    /// <summary>Throws with every missing tensor and every shape that differs from the configuration's; reads no values.</summary>
    public void Require(IEnumerable<TensorSpec> specs)
    {
        var problems = Problems(specs);
        if (problems.Count > 0)
        {
            throw new WeightsException(problems);
        }
    }

    /// <summary>A line per missing tensor and per shape or type that does not fit; empty when all do.</summary>
    public abstract IReadOnlyList<string> Problems(IEnumerable<TensorSpec> specs);

    /// <summary>name.weight [outFeatures, inFeatures] and perhaps name.bias.</summary>
    public abstract LinearWeight Linear(ITensorBackend backend, string name, int outFeatures, int inFeatures, bool bias, ElementType type);

    /// <summary>name.weight [outChannels, inChannels, kt, kh, kw] and name.bias.</summary>
    public abstract ConvolutionWeight Convolution(
        ITensorBackend backend, string name, int outChannels, int inChannels, int kernelTime, int kernelHeight, int kernelWidth, ElementType type);

    /// <summary>A tensor as it is, under the shape the caller uses.</summary>
    public abstract Tensor Tensor(ITensorBackend backend, string name, Shape shape);

    /// <summary>A table of which only rows are ever needed; it stays where it is. Usable while the view's files are open.</summary>
    public abstract RowTable Rows(string name, int rows, int width);

    /// <summary>Frees the host memory used while reading.</summary>
    public virtual void ReleaseScratch()
    {
    }
}
