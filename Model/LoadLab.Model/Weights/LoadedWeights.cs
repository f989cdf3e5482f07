using LoadLab.Tensors;

namespace LoadLab.Model.Weights;

/// <summary>Reads weights of a view into a backend and owns them there. Disposal returns every byte.</summary>
/// <param name="backend">Where they go.</param>
/// <param name="source">Where they come from.</param>
/// <param name="type">How linear and convolution weights are held unless one asks otherwise; other tensors are float32.</param>
internal sealed class LoadedWeights(ITensorBackend backend, WeightView source, ElementType type = ElementType.Float32) : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private float[] _weight = [];
    private float[] _bias = [];

    public ITensorBackend Backend => backend;

    /// <summary>name.weight [outFeatures, inFeatures] and, unless told otherwise, name.bias.</summary>
    public LinearWeight Linear(string name, int outFeatures, int inFeatures, bool bias = true) => Linear(name, outFeatures, inFeatures, bias, type);

    /// <summary>The same in float32 whatever the others are: where the reference leaves its reduced precision.</summary>
    public LinearWeight FullLinear(string name, int outFeatures, int inFeatures) => Linear(name, outFeatures, inFeatures, bias: true, ElementType.Float32);

    /// <summary>name.weight [outChannels, inChannels, kt, kh, kw] and name.bias.</summary>
    public ConvolutionWeight Convolution(string name, int outChannels, int inChannels, int kernelTime, int kernelHeight, int kernelWidth)
    {
        var count = checked(outChannels * inChannels * kernelTime * kernelHeight * kernelWidth);
        var weight = source.Read($"{name}.weight", count, ref _weight);
        return Own(backend.PrepareConvolution(outChannels, inChannels, kernelTime, kernelHeight, kernelWidth, weight, Bias(name, outChannels), type));
    }

    /// <summary>A tensor as it is, under the shape the caller uses.</summary>
    public Tensor Tensor(string name, params int[] shape)
    {
        var extents = new Shape(shape);
        return Own(backend.FromHost(extents, source.Read(name, checked((int)extents.Count), ref _weight)));
    }

    /// <summary>Frees the host memory used while reading; call once when everything is read.</summary>
    public void ReleaseScratch() => (_weight, _bias) = ([], []);

    public void Dispose()
    {
        _owned.ForEach(weight => weight.Dispose());
        _owned.Clear();
    }

    private LinearWeight Linear(string name, int outFeatures, int inFeatures, bool bias, ElementType held)
    {
        var weight = source.Read($"{name}.weight", checked(outFeatures * inFeatures), ref _weight);
        return Own(backend.PrepareLinear(outFeatures, inFeatures, weight, bias ? Bias(name, outFeatures) : [], held));
    }

    private ReadOnlySpan<float> Bias(string name, int count) => source.Read($"{name}.bias", count, ref _bias);

    private T Own<T>(T weight)
        where T : IDisposable
    {
        _owned.Add(weight);
        return weight;
    }
}
