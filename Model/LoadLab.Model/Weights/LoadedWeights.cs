using LoadLab.Tensors;

namespace LoadLab.Model.Weights;

/// <summary>Brings weights of a view into a backend and owns them there. Disposal returns every byte.</summary>
/// <param name="backend">Where they go.</param>
/// <param name="source">Where they come from.</param>
/// <param name="type">How linear and convolution weights are held unless one asks otherwise; other tensors are float32.</param>
internal sealed class LoadedWeights(ITensorBackend backend, WeightView source, ElementType type = ElementType.Float32) : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    public ITensorBackend Backend => backend;

    /// <summary>name.weight [outFeatures, inFeatures] and, unless told otherwise, name.bias.</summary>
    public LinearWeight Linear(string name, int outFeatures, int inFeatures, bool bias = true) => Own(source.Linear(backend, name, outFeatures, inFeatures, bias, type));

    /// <summary>The same in float32 whatever the others are: where the reference leaves its reduced precision.</summary>
    public LinearWeight FullLinear(string name, int outFeatures, int inFeatures) =>
        Own(source.Linear(backend, name, outFeatures, inFeatures, bias: true, ElementType.Float32));

    /// <summary>name.weight [outChannels, inChannels, kt, kh, kw] and name.bias.</summary>
    public ConvolutionWeight Convolution(string name, int outChannels, int inChannels, int kernelTime, int kernelHeight, int kernelWidth) =>
        Own(source.Convolution(backend, name, outChannels, inChannels, kernelTime, kernelHeight, kernelWidth, type));

    /// <summary>A tensor as it is, under the shape the caller uses.</summary>
    public Tensor Tensor(string name, params int[] shape) => Own(source.Tensor(backend, name, new Shape(shape)));

    /// <summary>A table of which single rows are needed; it is not brought to the backend and stays usable while the source is open.</summary>
    public RowTable Rows(string name, int rows, int width) => source.Rows(name, rows, width);

    /// <summary>Frees the host memory used while reading; call once when everything is read.</summary>
    public void ReleaseScratch() => source.ReleaseScratch();

    public void Dispose()
    {
        _owned.ForEach(weight => weight.Dispose());
        _owned.Clear();
    }

    private T Own<T>(T weight)
        where T : IDisposable
    {
        _owned.Add(weight);
        return weight;
    }
}
