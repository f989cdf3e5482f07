using System.Globalization;
using System.Runtime.InteropServices;
using LoadLab.Tensors;
using TorchSharp;
using F = TorchSharp.torch.nn.functional;
using Native = TorchSharp.torch.Tensor;
using Torch = TorchSharp.torch;

namespace LoadLab.Model.TorchSharp;

/// <summary>
/// The engine on libtorch, through TorchSharp: a processor or one CUDA device. Weights are float32, bfloat16 or float16 and give their linear layers and convolutions
/// that type; norms, modulation and rotation compute in float32 and give their input's type back; mixed arithmetic gives the wider type.
/// Only operations whose native side catches its own errors are called (linear, scaled_dot_product_attention, conv3d and elementwise ones; never matmul): what fails is an
/// exception here, and memory that does not fit an <see cref="OutOfDeviceMemoryException"/> after which the backend is as usable as before.
/// A dispose scope around every operation ends its temporaries with it. Scalars, a few native bytes each, are disposed by hand where they are ours.
/// </summary>
public sealed partial class TorchBackend : ITensorBackend, IWeightDrawing
{
    // What libtorch and the CUDA libraries below it write when memory is short; no error code reaches us.
    private static readonly string[] s_memoryWords =
        ["out of memory", "not enough memory", "can't allocate memory", "Storage size calculation overflowed", "ALLOC_FAILED", "OUT_OF_MEMORY"];

    private readonly MemoryLedger _ledger;
    private readonly Torch.Device _device;
    private readonly bool _isCuda;
    private readonly Dictionary<ElementType, bool> _supported = new() { [ElementType.Float32] = true };
    private bool _disposed;

    /// <param name="device">Where to compute.</param>
    /// <param name="capacityBytes">Most bytes live at once, by our own count; past it operations throw <see cref="OutOfDeviceMemoryException"/>.</param>
    /// <param name="threads">Threads of the processor's kernels, for the whole process.</param>
    /// <param name="libraryFolder">A folder that holds libtorch; null = LOADLAB_LIBTORCH, or what the package brought.</param>
    /// <exception cref="TorchUnavailableException">libtorch or the device is not there.</exception>
    public TorchBackend(TorchDevice device, long capacityBytes, int threads, string? libraryFolder = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        _ledger = new MemoryLedger(capacityBytes);
        TorchLibrary.Require(device, libraryFolder);
        _isCuda = device.CudaIndex is not null;
        _device = device.CudaIndex is { } index ? Torch.device(DeviceType.CUDA, index) : Torch.CPU;
        Torch.set_num_threads(threads);
        if (_isCuda)
        {
            // Float32 means float32: without these, products round their inputs to 10 bits of fraction.
            Torch.backends.cuda.matmul.allow_tf32 = false;
            Torch.backends.cudnn.allow_tf32 = false;
        }

        var package = typeof(Torch).Assembly.GetName().Version?.ToString(3);
        var where = _isCuda ? "" : string.Create(CultureInfo.InvariantCulture, $"{threads} {(threads == 1 ? "thread" : "threads")}, ");
        Name = $"torch {device} ({where}TorchSharp {package})";
    }

    public string Name { get; }

    public IDeviceMemory Memory => _ledger;

    /// <summary>Whether libtorch and the device are there.</summary>
    public static bool IsAvailable(TorchDevice device, string? libraryFolder = null)
    {
        try
        {
            TorchLibrary.Require(device, libraryFolder);
            return true;
        }
        catch (TorchUnavailableException)
        {
            return false;
        }
    }

    /// <summary>Found out by trying: it depends on libtorch's version and on the device.</summary>
    public bool Supports(ElementType type)
    {
        if (!_supported.TryGetValue(type, out var supported))
        {
            _supported[type] = supported = Enum.IsDefined(type) && CanCompute(type);
        }

        return supported;
    }

    public void Synchronize()
    {
        if (_isCuda)
        {
            Torch.cuda.synchronize(_device);
            Torch.CheckForErrors();
        }
    }

    /// <summary>Tensors that live on are the caller's to dispose.</summary>
    public void Dispose() => _disposed = true;

    private static Torch.ScalarType Scalars(ElementType type) => type switch
    {
        ElementType.BFloat16 => Torch.ScalarType.BFloat16,
        ElementType.Float16 => Torch.ScalarType.Float16,
        _ => Torch.ScalarType.Float32,
    };

    private static TorchTensor Own(Tensor tensor) => tensor as TorchTensor ?? throw new ArgumentException($"tensor {tensor.Shape} belongs to another backend");

    private static Native Float(TorchTensor tensor) => tensor.Native.to(Torch.ScalarType.Float32);

    private static long[] Extents(Shape shape)
    {
        var extents = new long[shape.Rank];
        for (var i = 0; i < extents.Length; i++)
        {
            extents[i] = shape[i];
        }

        return extents;
    }

    /// <summary>The type of mixed arithmetic. Two different narrow types meet in float32.</summary>
    private static ElementType Wider(TorchTensor a, TorchTensor b) => a.Type == b.Type ? a.Type : ElementType.Float32;

    private static bool IsOutOfMemory(ExternalException e) => s_memoryWords.Any(words => e.Message.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// One operation: the result's bytes are counted first, temporaries end with it, and memory that does not fit is an outcome. What <paramref name="compute"/> returns
    /// must share no memory with an input.
    /// </summary>
    private TorchTensor Make(Shape shape, ElementType type, Func<Native> compute)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var bytes = checked(shape.Count * type.Bytes());
        var lease = _ledger.Take(bytes);
        try
        {
            return new TorchTensor(shape, type, Scoped(bytes, () => compute().to(Scalars(type)).contiguous().DetachFromDisposeScope()), lease);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>An operation that changes an input in its place.</summary>
    private void Change(Action change)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Scoped(0, () =>
        {
            change();
            return true;
        });
    }

    private T Scoped<T>(long bytes, Func<T> compute)
    {
        using var scope = Torch.NewDisposeScope();
        try
        {
            return compute();
        }
        catch (ExternalException e) when (IsOutOfMemory(e))
        {
            throw _ledger.Refused(bytes);
        }
    }

    private bool CanCompute(ElementType type)
    {
        try
        {
            return Scoped(0, () =>
            {
                // The smallest extents that no kernel treats as a special case.
                var x = Torch.zeros([1, 1, 8, 8], Scalars(type), _device);
                F.scaled_dot_product_attention(F.linear(x, x.view(8, 8)), x, x);
                return true;
            });
        }
        catch (ExternalException)
        {
            return false;
        }
    }
}
