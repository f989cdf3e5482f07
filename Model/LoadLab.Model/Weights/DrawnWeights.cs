using LoadLab.Model.Nano;
using LoadLab.Tensors;

namespace LoadLab.Model.Weights;

/// <summary>Random weights made on the device, seeded by stream and tensor name, distributed as the small models' are.</summary>
/// <param name="stream">The model's name and the network's prefix: networks of equal tensor names get different values.</param>
/// <param name="specs">Every tensor of the network.</param>
internal sealed class DrawnWeights(string stream, IEnumerable<TensorSpec> specs) : WeightView
{
    private readonly Dictionary<string, TensorSpec> _specs = specs.ToDictionary(spec => spec.Name, StringComparer.Ordinal);

    public override IReadOnlyList<string> Problems(IEnumerable<TensorSpec> specs) => [];

    public override LinearWeight Linear(ITensorBackend backend, string name, int outFeatures, int inFeatures, bool bias, ElementType type) =>
        On(backend).DrawLinear(outFeatures, inFeatures, Deviation($"{name}.weight"), bias ? Deviation($"{name}.bias") : null, Seed($"{name}.weight"), type);

    public override ConvolutionWeight Convolution(
        ITensorBackend backend, string name, int outChannels, int inChannels, int kernelTime, int kernelHeight, int kernelWidth, ElementType type) =>
        On(backend).DrawConvolution(
            outChannels, inChannels, kernelTime, kernelHeight, kernelWidth, Deviation($"{name}.weight"), Deviation($"{name}.bias"), Seed($"{name}.weight"), type);

    public override Tensor Tensor(ITensorBackend backend, string name, Shape shape)
    {
        var (mean, deviation) = WeightDraw.Distribution(_specs[name]);
        return On(backend).DrawTensor(shape, (float)mean, (float)deviation, Seed(name));
    }

    /// <summary>Drawn on the host: a row of a seed's stream can be drawn without those before it.</summary>
    public override RowTable Rows(string name, int rows, int width)
    {
        var (mean, deviation) = WeightDraw.Distribution(_specs[name]);
        var seed = Seed(name);
        return new RowTable(rows, width, (row, values) => NormalDraw.Fill(values, mean, deviation, seed, (long)row * width));
    }

    private static IWeightDrawing On(ITensorBackend backend) =>
        backend as IWeightDrawing ?? throw new WeightsException([$"the backend {backend.Name} cannot draw random weights; give a folder of safetensors"]);

    private float Deviation(string name) => (float)WeightDraw.Distribution(_specs[name]).Deviation;

    private ulong Seed(string name) => WeightDraw.Seed(name, stream);
}
