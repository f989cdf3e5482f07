namespace TorchSharp;

/// <summary>Declarations only; see ../README.md.</summary>
public static class torch
{
    public enum ScalarType : sbyte
    {
        Byte = 0,
        Int8 = 1,
        Int16 = 2,
        Int32 = 3,
        Int64 = 4,
        Float16 = 5,
        Float32 = 6,
        Float64 = 7,
        Bool = 11,
        BFloat16 = 15,
    }

    public static Device CPU => throw null!;

    public static bool TryInitializeDeviceType(DeviceType deviceType) => throw null!;

    public static Device device(DeviceType deviceType, int index = -1) => throw null!;

    public static void CheckForErrors() => throw null!;

    public static void set_num_threads(int num) => throw null!;

    public static DisposeScope NewDisposeScope() => throw null!;

    public static Tensor zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw null!;

    public static Tensor zeros(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw null!;

    public static Tensor empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw null!;

    public static Tensor empty(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw null!;

    public static Tensor randn(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) => throw null!;

    public static Tensor randn(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        throw null!;

    public static Tensor tensor(long[] dataArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw null!;

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => throw null!;

    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => throw null!;

    public static Tensor cat(Tensor[] tensors, long dim = 0) => throw null!;

    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0) => throw null!;

    public static Tensor complex(Tensor real, Tensor imag) => throw null!;

    public class Device
    {
    }

    public class Generator : IDisposable
    {
        public Generator(ulong seed = 0, Device? device = null) => throw null!;

        public void Dispose() => throw null!;
    }

    public static class cuda
    {
        public static int device_count() => throw null!;

        public static void manual_seed_all(long seed) => throw null!;

        public static void synchronize(Device? device = null) => throw null!;
    }

    public static class backends
    {
        public static class cuda
        {
            public static class matmul
            {
                public static bool allow_tf32 { get => throw null!; set => throw null!; }
            }
        }

        public static class cudnn
        {
            public static bool allow_tf32 { get => throw null!; set => throw null!; }
        }
    }

    public static class nn
    {
        public static class functional
        {
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => throw null!;

            // The last name is spelled so in the package.
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0.0, bool is_casual = false) => throw null!;

            public static Tensor conv3d(
                Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? dilation = null, long groups = 1) => throw null!;

            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => throw null!;

            public static Tensor pad(Tensor input, ReadOnlySpan<long> pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => throw null!;

            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-05) => throw null!;

            public static Tensor normalize(Tensor input, double p = 2.0, long dim = 1, double eps = 1e-12) => throw null!;
        }
    }

    public class Tensor : IDisposable
    {
        public Span<byte> bytes { get => throw null!; set => throw null!; }

        public void Dispose() => throw null!;

        public Tensor DetachFromDisposeScope() => throw null!;

        public bool is_contiguous() => throw null!;

        public Tensor contiguous() => throw null!;

        public Tensor clone() => throw null!;

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => throw null!;

        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => throw null!;

        public Tensor view(params long[] shape) => throw null!;

        public Tensor permute(params long[] permutation) => throw null!;

        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) => throw null!;

        public Tensor expand(long[] sizes, bool isImplicit = false) => throw null!;

        public Tensor expand(params long[] sizes) => throw null!;

        public Tensor unsqueeze(long dim) => throw null!;

        public Tensor narrow(long dim, long start, long length) => throw null!;

        public Tensor index_select(long dim, Tensor index) => throw null!;

        public Tensor masked_fill(Tensor mask, Scalar value) => throw null!;

        public Tensor ge(Tensor target) => throw null!;

        public Tensor add(Tensor target) => throw null!;

        public Tensor add(Scalar scalar) => throw null!;

        public Tensor add_(Tensor target) => throw null!;

        public Tensor add_(Tensor target, Scalar alpha) => throw null!;

        public Tensor add_(Scalar scalar) => throw null!;

        public Tensor mul(Tensor target) => throw null!;

        public Tensor mul(Scalar target) => throw null!;

        public Tensor mul_(Tensor target) => throw null!;

        public Tensor mul_(Scalar target) => throw null!;

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => throw null!;

        public Tensor rsqrt_() => throw null!;

        public Tensor clamp(Scalar? min = null, Scalar? max = null) => throw null!;

        public Tensor clamp(Tensor? min = null, Tensor? max = null) => throw null!;

        public Tensor silu() => throw null!;

        public Tensor silu_() => throw null!;

        public Tensor sigmoid_() => throw null!;

        public Tensor view_as_complex() => throw null!;

        public Tensor view_as_real() => throw null!;
    }
}
