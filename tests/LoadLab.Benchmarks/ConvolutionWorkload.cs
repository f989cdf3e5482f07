using LoadLab.Tensors;

namespace LoadLab.Benchmarks;

/// <summary>A causal 3x3x3 convolution.</summary>
internal sealed class ConvolutionWorkload(int frames, int height, int width, int inputs, int outputs) : Workload
{
    private ITensorBackend? _backend;
    private Tensor? _x;
    private ConvolutionWeight? _weight;

    public override string Name => $"convolution 3x3x3 {inputs} to {outputs}, {frames} x {height} x {width}";

    public override double Operations => 2.0 * 27 * frames * height * width * inputs * outputs;

    public override void Prepare(ITensorBackend backend)
    {
        _backend = backend;
        var shape = new Shape(1, frames, height, width, inputs);
        _x = Own(backend.FromHost(shape, Values(shape.Count)));
        _weight = Own(backend.PrepareConvolution(outputs, inputs, 3, 3, 3, Values(27L * inputs * outputs), []));
    }

    public override void Run() => _backend!.Convolution(_x!, _weight!, 2, 1, 1).Dispose();
}
