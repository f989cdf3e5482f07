using System.Diagnostics;
using LoadLab.Tensors;

namespace LoadLab.Benchmarks;

/// <summary>Another backend's operations with the time of each kind and shape added up.</summary>
internal sealed class TimedBackend(ITensorBackend inner) : ITensorBackend
{
    private readonly Dictionary<string, (long Ticks, int Calls)> _parts = new(StringComparer.Ordinal);

    public string Name => inner.Name;

    public IDeviceMemory Memory => inner.Memory;

    /// <summary>Seconds and calls by operation, the longest first.</summary>
    public IEnumerable<(string Part, double Seconds, int Calls)> Parts =>
        _parts.OrderByDescending(part => part.Value.Ticks).Select(part => (part.Key, part.Value.Ticks / (double)Stopwatch.Frequency, part.Value.Calls));

    public void Reset() => _parts.Clear();

    public bool Supports(ElementType type) => inner.Supports(type);

    public void Synchronize() => inner.Synchronize();

    public Tensor Zeros(Shape shape) => inner.Zeros(shape);

    public Tensor FromHost(Shape shape, ReadOnlySpan<float> values)
    {
        var start = Stopwatch.GetTimestamp();
        return Add("copy", start, inner.FromHost(shape, values));
    }

    public void ToHost(Tensor tensor, Span<float> destination)
    {
        var start = Stopwatch.GetTimestamp();
        inner.ToHost(tensor, destination);
        Add("copy", start);
    }

    public LinearWeight PrepareLinear(int outFeatures, int inFeatures, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ElementType type = ElementType.Float32) =>
        inner.PrepareLinear(outFeatures, inFeatures, weight, bias, type);

    public ConvolutionWeight PrepareConvolution(
        int outChannels, int inChannels, int kernelTime, int kernelHeight, int kernelWidth, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ElementType type = ElementType.Float32) =>
        inner.PrepareConvolution(outChannels, inChannels, kernelTime, kernelHeight, kernelWidth, weight, bias, type);

    public Tensor Linear(Tensor x, LinearWeight weight, Activation activation = Activation.None)
    {
        var start = Stopwatch.GetTimestamp();
        return Add($"linear {weight.InFeatures} to {weight.OutFeatures}{(activation == Activation.None ? "" : $" and {activation}")}", start, inner.Linear(x, weight, activation));
    }

    public Tensor Attention(Tensor q, Tensor k, Tensor v, float scale, Tensor? bias = null, ReadOnlySpan<int> keyLengths = default)
    {
        var start = Stopwatch.GetTimestamp();
        return Add($"attention on {k.Shape[1]} keys", start, inner.Attention(q, k, v, scale, bias, keyLengths));
    }

    public Tensor Convolution(Tensor x, ConvolutionWeight weight, int padTimeBefore, int padHeight, int padWidth)
    {
        var start = Stopwatch.GetTimestamp();
        return Add("convolution", start, inner.Convolution(x, weight, padTimeBefore, padHeight, padWidth));
    }

    public Tensor LayerNormModulated(Tensor x, float eps, Tensor? scale, Tensor? shift, ReadOnlySpan<int> rowIndex = default)
    {
        var start = Stopwatch.GetTimestamp();
        return Add("layer norm", start, inner.LayerNormModulated(x, eps, scale, shift, rowIndex));
    }

    public Tensor LayerNorm(Tensor x, float eps, Tensor weight, Tensor bias)
    {
        var start = Stopwatch.GetTimestamp();
        return Add("layer norm", start, inner.LayerNorm(x, eps, weight, bias));
    }

    public Tensor RmsNorm(Tensor x, float eps, Tensor weight)
    {
        var start = Stopwatch.GetTimestamp();
        return Add("rms norm", start, inner.RmsNorm(x, eps, weight));
    }

    public Tensor ChannelNorm(Tensor x, Tensor gamma, Activation activation)
    {
        var start = Stopwatch.GetTimestamp();
        return Add("channel norm", start, inner.ChannelNorm(x, gamma, activation));
    }

    public Tensor Rope(Tensor x, Tensor cos, Tensor sin)
    {
        var start = Stopwatch.GetTimestamp();
        return Add("rope", start, inner.Rope(x, cos, sin));
    }

    public Tensor Activate(Tensor x, Activation activation)
    {
        var start = Stopwatch.GetTimestamp();
        return Add("elementwise", start, inner.Activate(x, activation));
    }

    public Tensor Add(Tensor a, Tensor b)
    {
        var start = Stopwatch.GetTimestamp();
        return Add("elementwise", start, inner.Add(a, b));
    }

    public Tensor Multiply(Tensor a, Tensor b)
    {
        var start = Stopwatch.GetTimestamp();
        return Add("elementwise", start, inner.Multiply(a, b));
    }

    public Tensor Combine(float alpha, Tensor a, float beta, Tensor b)
    {
        var start = Stopwatch.GetTimestamp();
        return Add("elementwise", start, inner.Combine(alpha, a, beta, b));
    }

    public void AddInPlace(Tensor x, Tensor y)
    {
        var start = Stopwatch.GetTimestamp();
        inner.AddInPlace(x, y);
        Add("residual add", start);
    }

    public void AddGatedInPlace(Tensor x, Tensor y, Tensor gate, ReadOnlySpan<int> rowIndex = default)
    {
        var start = Stopwatch.GetTimestamp();
        inner.AddGatedInPlace(x, y, gate, rowIndex);
        Add("residual add", start);
    }

    public Tensor Clamp(Tensor x, float low, float high) => inner.Clamp(x, low, high);

    public Tensor Reshape(Tensor x, Shape shape) => inner.Reshape(x, shape);

    public Tensor Permute(Tensor x, ReadOnlySpan<int> order) => inner.Permute(x, order);

    public Tensor Slice(Tensor x, int axis, int start, int length) => inner.Slice(x, axis, start, length);

    public Tensor Concat(ReadOnlySpan<Tensor> parts, int axis) => inner.Concat(parts, axis);

    public Tensor Gather(Tensor table, ReadOnlySpan<int> indices) => inner.Gather(table, indices);

    public Tensor UpsampleNearest2(Tensor x) => inner.UpsampleNearest2(x);

    public void Dispose() => inner.Dispose();

    private Tensor Add(string part, long start, Tensor result)
    {
        Add(part, start);
        return result;
    }

    private void Add(string part, long start)
    {
        var elapsed = Stopwatch.GetTimestamp() - start;
        var (ticks, calls) = _parts.GetValueOrDefault(part);
        _parts[part] = (ticks + elapsed, calls + 1);
    }
}
