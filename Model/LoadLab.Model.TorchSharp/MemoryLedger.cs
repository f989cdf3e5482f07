using LoadLab.Tensors;

namespace LoadLab.Model.TorchSharp;

/// <summary>
/// Bytes of the tensors that a caller holds, weights among them. What an operation takes inside libtorch and gives back before it returns is not seen here, nor what
/// libtorch keeps for reuse: the peak of a device is the driver's to tell. Readable from any thread.
/// </summary>
internal sealed class MemoryLedger : IDeviceMemory
{
    // Allocators round up; so that a figure is the same on every backend, this one does as the arena of the cpu backend.
    private const int Alignment = 64;

    private readonly Lock _gate = new();
    private long _live;
    private long _peak;

    public MemoryLedger(long capacityBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacityBytes);
        CapacityBytes = capacityBytes;
    }

    public long CapacityBytes { get; }

    public long LiveBytes => Interlocked.Read(ref _live);

    public long PeakBytes => Interlocked.Read(ref _peak);

    public void ResetPeak()
    {
        lock (_gate)
        {
            _peak = _live;
        }
    }

    /// <summary>Counts so many bytes until the lease ends.</summary>
    /// <exception cref="OutOfDeviceMemoryException">They do not fit.</exception>
    public MemoryLease Take(long bytes)
    {
        var rounded = checked(Math.Max(1, (bytes + Alignment - 1) / Alignment) * Alignment);
        lock (_gate)
        {
            if (rounded > CapacityBytes - _live)
            {
                throw new OutOfDeviceMemoryException(rounded, _live, CapacityBytes);
            }

            _live += rounded;
            _peak = Math.Max(_peak, _live);
        }

        return new MemoryLease(this, rounded);
    }

    /// <summary>For an allocation that the device itself refused.</summary>
    public OutOfDeviceMemoryException Refused(long bytes) => new(bytes, LiveBytes, CapacityBytes);

    internal void Return(long bytes)
    {
        lock (_gate)
        {
            _live -= bytes;
        }
    }
}

/// <summary>Counted bytes, shared by a tensor and its views; returned when the last of them ends.</summary>
internal sealed class MemoryLease(MemoryLedger ledger, long bytes) : IDisposable
{
    private int _holders = 1;

    public MemoryLease Share()
    {
        Interlocked.Increment(ref _holders);
        return this;
    }

    public void Dispose()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            ledger.Return(bytes);
        }
    }
}
