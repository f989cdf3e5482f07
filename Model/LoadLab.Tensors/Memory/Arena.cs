using System.Runtime.InteropServices;

namespace LoadLab.Tensors;

/// <summary>
/// The backend's memory: native blocks aligned to 64 bytes, every one counted against the capacity.
/// A freed block waits in the free list of its size, so a model that repeats its shapes asks the operating system for nothing new.
/// Held memory (live and waiting) never passes the capacity: waiting blocks are given back, largest first, when room is needed.
/// </summary>
internal sealed unsafe class Arena : IDeviceMemory, IDisposable
{
    private const int Alignment = 64;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<long, Stack<nint>> _free = new(Comparer<long>.Create((x, y) => y.CompareTo(x)));
    private readonly HashSet<nint> _used = [];
    private long _live;
    private long _peak;
    private long _held;
    private bool _disposed;

    public Arena(long capacityBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacityBytes);
        CapacityBytes = capacityBytes;
    }

    public long CapacityBytes { get; }

    public long LiveBytes
    {
        get
        {
            lock (_gate)
            {
                return _live;
            }
        }
    }

    public long PeakBytes
    {
        get
        {
            lock (_gate)
            {
                return _peak;
            }
        }
    }

    /// <summary>Blocks ever asked of the operating system; constant in a steady state.</summary>
    internal long SystemAllocations { get; private set; }

    long? IDeviceMemory.SystemBlocks => SystemAllocations;

    /// <summary>Bytes taken from the operating system now: live and waiting for reuse, mapped memory not included.</summary>
    internal long HeldBytes
    {
        get
        {
            lock (_gate)
            {
                return _held;
            }
        }
    }

    public void ResetPeak()
    {
        lock (_gate)
        {
            _peak = _live;
        }
    }

    /// <summary>A block for that many floats. Its contents are undefined.</summary>
    public Block Rent(long floats)
    {
        var bytes = Rounded(floats);
        lock (_gate)
        {
            Count(bytes);
            nint address;
            if (_free.TryGetValue(bytes, out var waiting) && waiting.Count > 0)
            {
                address = waiting.Pop();
            }
            else
            {
                address = Allocate(bytes);
            }

            _used.Add(address);
            return new Block(this, (float*)address, bytes, null);
        }
    }

    /// <summary>Counts memory that someone else owns, such as a mapped file; the owner is disposed with the block.</summary>
    public Block Adopt(nint address, long bytes, IDisposable? owner)
    {
        lock (_gate)
        {
            Count(bytes);
            Trim(0);
            return new Block(this, (float*)address, bytes, owner ?? NoOwner.Instance);
        }
    }

    internal void Return(Block block)
    {
        lock (_gate)
        {
            _live -= block.Bytes;
            if (!block.IsMapped && !_disposed && _used.Remove((nint)block.Pointer))
            {
                if (!_free.TryGetValue(block.Bytes, out var waiting))
                {
                    _free.Add(block.Bytes, waiting = new Stack<nint>());
                }

                waiting.Push((nint)block.Pointer);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            foreach (var address in _used.Concat(_free.Values.SelectMany(waiting => waiting)))
            {
                NativeMemory.AlignedFree((void*)address);
            }

            _used.Clear();
            _free.Clear();
            _held = 0;
        }
    }

    private static long Rounded(long floats) => checked(Math.Max(1, (floats * sizeof(float) + Alignment - 1) / Alignment) * Alignment);

    private void Count(long bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(CpuBackend));
        if (bytes > CapacityBytes - _live)
        {
            throw new OutOfDeviceMemoryException(bytes, _live, CapacityBytes);
        }

        _live += bytes;
        _peak = Math.Max(_peak, _live);
    }

    private nint Allocate(long bytes)
    {
        Trim(bytes);
        try
        {
            var address = (nint)NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
            _held += bytes;
            SystemAllocations++;
            return address;
        }
        catch (OutOfMemoryException)
        {
            _live -= bytes;
            throw new OutOfDeviceMemoryException(bytes, _live, CapacityBytes);
        }
    }

    /// <summary>Gives waiting blocks back until so many more bytes fit under the capacity.</summary>
    private void Trim(long bytes)
    {
        foreach (var (size, waiting) in _free)
        {
            while (_held + bytes > CapacityBytes && waiting.TryPop(out var address))
            {
                NativeMemory.AlignedFree((void*)address);
                _held -= size;
            }
        }
    }

    private sealed class NoOwner : IDisposable
    {
        public static readonly NoOwner Instance = new();

        public void Dispose()
        {
        }
    }
}
