namespace LoadLab.Tensors;

/// <summary>Activation applied to the result of a linear layer or alone.</summary>
public enum Activation
{
    None,

    /// <summary>x * sigmoid(x).</summary>
    Silu,

    /// <summary>0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).</summary>
    GeluTanh,
}

/// <summary>
/// Everything the model asks of an engine. Each operation maps to one or two calls of a common tensor library.
/// Tensors are row-major and contiguous; results are new tensors which the caller disposes; inputs are never changed
/// except by the operations named *InPlace. Values cross to and from the host as float32. On the device a result is float32 too, or narrower where an operation on
/// narrower weights says so: a linear layer or convolution gives its weight's type, attention its queries'; norms compute in float32; x of an *InPlace operation keeps its type. A wrong shape throws <see cref="ArgumentException"/> naming both shapes;
/// memory past the capacity throws <see cref="OutOfDeviceMemoryException"/>.
/// One backend is used by one thread at a time; it threads its own kernels.
/// </summary>
public interface ITensorBackend : IDisposable
{
    /// <summary>For the first line of a run, for example "cpu (1 thread, avx512)".</summary>
    string Name { get; }

    /// <summary>Bytes live, peak and capacity of this backend's memory.</summary>
    IDeviceMemory Memory { get; }

    /// <summary>Whether weights of this type can be held and multiplied; float32 always can.</summary>
    bool Supports(ElementType type) => type == ElementType.Float32;

    /// <summary>Waits for what was asked for so far: on a device that answers before it is done, the end of a stage is here.</summary>
    void Synchronize()
    {
    }

    // ---- data in and out ----

    /// <summary>A tensor of zeros.</summary>
    Tensor Zeros(Shape shape);

    /// <summary>Copies host values in; the count must equal the shape's.</summary>
    Tensor FromHost(Shape shape, ReadOnlySpan<float> values);

    /// <summary>Copies the tensor out; the span must hold exactly its count.</summary>
    void ToHost(Tensor tensor, Span<float> destination);

    /// <summary>
    /// weight (out, in) row-major, bias (out) or empty. The engine may repack; the repacked bytes are counted. A type that it does not
    /// <see cref="Supports">support</see> throws <see cref="NotSupportedException"/>.
    /// </summary>
    LinearWeight PrepareLinear(int outFeatures, int inFeatures, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ElementType type = ElementType.Float32);

    /// <summary>weight (out, in, kt, kh, kw) row-major, bias (out) or empty; type as in <see cref="PrepareLinear"/>.</summary>
    ConvolutionWeight PrepareConvolution(
        int outChannels, int inChannels, int kernelTime, int kernelHeight, int kernelWidth, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ElementType type = ElementType.Float32);

    // ---- compute ----

    /// <summary>activation(x W^T + b): x (..., in) to (..., out).</summary>
    Tensor Linear(Tensor x, LinearWeight weight, Activation activation = Activation.None);

    /// <summary>
    /// softmax(scale q k^T + bias) v. q (B, Lq, H, D), k and v (B or 1, Lk, H, D), result (B, Lq, H, D). With k, v of batch 1 all queries share them.
    /// bias is absent or (H, Lq, Lk), added to the logits; keyLengths is empty or B counts: keys from that index on are masked
    /// out (logit = lowest finite float). Logits are not materialised for the whole sequence.
    /// </summary>
    Tensor Attention(Tensor q, Tensor k, Tensor v, float scale, Tensor? bias = null, ReadOnlySpan<int> keyLengths = default);

    /// <summary>
    /// Stride-1 convolution over channels-last video, x (B, T, H, W, Cin) to (B, T', H', W', Cout), zero padded: padTimeBefore frames before (none after),
    /// padHeight rows and padWidth columns on both sides. A 3x3x3 causal convolution has (2, 1, 1); a 2-D one has kt = 1 and (0, 1, 1).
    /// </summary>
    Tensor Convolution(Tensor x, ConvolutionWeight weight, int padTimeBefore, int padHeight, int padWidth);

    /// <summary>
    /// LayerNorm over the last axis without affine, then y = n * (1 + scale[r]) + shift[r], r = rowIndex of the token.
    /// x (B, L, d); scale, shift (R, d); rowIndex has B*L entries or is empty, meaning row 0 for every token. Both absent: the plain norm.
    /// </summary>
    Tensor LayerNormModulated(Tensor x, float eps, Tensor? scale, Tensor? shift, ReadOnlySpan<int> rowIndex = default);

    /// <summary>LayerNorm over the last axis: n * weight + bias, both (d).</summary>
    Tensor LayerNorm(Tensor x, float eps, Tensor weight, Tensor bias);

    /// <summary>x / sqrt(mean(x^2) + eps) * weight over the last axis, weight (d).</summary>
    Tensor RmsNorm(Tensor x, float eps, Tensor weight);

    /// <summary>The VAE's norm over the last axis (channels): x / max(||x||_2, 1e-12) * sqrt(C) * gamma, gamma (C), then the activation.</summary>
    Tensor ChannelNorm(Tensor x, Tensor gamma, Activation activation);

    /// <summary>
    /// Rotates adjacent pairs (2i, 2i+1) of x (B, L, H, D): (a cos - b sin, a sin + b cos). cos, sin (L', D/2) with L' at most L: tokens from L' on pass unrotated.
    /// </summary>
    Tensor Rope(Tensor x, Tensor cos, Tensor sin);

    // ---- elementwise ----

    Tensor Activate(Tensor x, Activation activation);

    /// <summary>a + b; b has a's shape or a trailing part of it, repeated.</summary>
    Tensor Add(Tensor a, Tensor b);

    /// <summary>a * b elementwise; b has a's shape or a trailing part of it, repeated.</summary>
    Tensor Multiply(Tensor a, Tensor b);

    /// <summary>alpha a + beta b, equal shapes.</summary>
    Tensor Combine(float alpha, Tensor a, float beta, Tensor b);

    /// <summary>x += y.</summary>
    void AddInPlace(Tensor x, Tensor y);

    /// <summary>x += y * gate[r] with r as in <see cref="LayerNormModulated"/>: x, y (B, L, d), gate (R, d).</summary>
    void AddGatedInPlace(Tensor x, Tensor y, Tensor gate, ReadOnlySpan<int> rowIndex = default);

    /// <summary>min(max(x, low), high).</summary>
    Tensor Clamp(Tensor x, float low, float high);

    // ---- shape ----

    /// <summary>The same values under another shape of equal count; a copy or a view that keeps the bytes alive until both are disposed.</summary>
    Tensor Reshape(Tensor x, Shape shape);

    /// <summary>Axes in the given order.</summary>
    Tensor Permute(Tensor x, ReadOnlySpan<int> order);

    /// <summary>x[.., start : start + length, ..] on one axis.</summary>
    Tensor Slice(Tensor x, int axis, int start, int length);

    /// <summary>Tensors joined on one axis.</summary>
    Tensor Concat(ReadOnlySpan<Tensor> parts, int axis);

    /// <summary>Rows of table (N, d) by index: (indices.Length, d). An index out of range throws.</summary>
    Tensor Gather(Tensor table, ReadOnlySpan<int> indices);

    /// <summary>Nearest 2x in height and width: (B, T, H, W, C) to (B, T, 2H, 2W, C).</summary>
    Tensor UpsampleNearest2(Tensor x);
}

/// <summary>A backend's memory, in bytes. Free = capacity - live.</summary>
public interface IDeviceMemory
{
    long CapacityBytes { get; }

    long LiveBytes { get; }

    long PeakBytes { get; }

    /// <summary>Blocks ever asked of the system, constant in a steady state; null where the engine does not tell.</summary>
    long? SystemBlocks => null;

    /// <summary>Sets the peak to what is live now.</summary>
    void ResetPeak();
}

/// <summary>An allocation that did not fit the device's capacity. An expected outcome of a run, not a fault.</summary>
public sealed class OutOfDeviceMemoryException(long requestedBytes, long liveBytes, long capacityBytes)
    : Exception($"out of device memory: {requestedBytes} bytes asked for, {liveBytes} of {capacityBytes} bytes live")
{
    public long RequestedBytes { get; } = requestedBytes;

    public long LiveBytes { get; } = liveBytes;

    public long CapacityBytes { get; } = capacityBytes;
}
