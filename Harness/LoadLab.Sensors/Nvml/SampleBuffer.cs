using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors;

/// <summary>The driver's own ring of samples of one kind, read from where the last read ended. Each sample has the driver's time, so none is doubled or moved.</summary>
internal sealed class SampleBuffer
{
    private const uint MaxSamples = 1 << 16;
    private readonly nint _symbol;
    private readonly nint _device;
    private readonly int _type;
    private readonly NvmlSample[] _samples;
    private readonly DriverClock _clock = new();
    private ulong _seen;

    private SampleBuffer(nint symbol, nint device, int type, uint capacity)
    {
        (_symbol, _device, _type) = (symbol, device, type);
        _samples = new NvmlSample[capacity];
    }

    /// <summary>
    /// Null unless the device fills such a buffer now: some drivers accept the call and never give a sample. What the buffer already holds is older than the
    /// sampling and is skipped.
    /// </summary>
    public static SampleBuffer? TryOpen(nint symbol, nint device, int type)
    {
        uint capacity = 0;
        var result = NvmlCall.Samples(symbol, device, type, 0, out _, ref capacity, []);
        if (result != NvmlResult.Success || capacity is 0 or > MaxSamples)
        {
            return null;
        }

        var buffer = new SampleBuffer(symbol, device, type, capacity);
        return buffer.Fetch(out _, out var found) == NvmlResult.Success && found.Length > 0 ? buffer : null;
    }

    /// <summary>Adds every sample that is newer than the last read.</summary>
    /// <param name="counter">Receives them.</param>
    /// <param name="scale">From the driver's unit to the counter's.</param>
    /// <param name="now">The run's clock.</param>
    /// <param name="into">Receives the rows.</param>
    public NvmlResult Read(Counter counter, double scale, Instant now, ICollection<Sample> into)
    {
        var result = Fetch(out var type, out var found);
        var wall = DriverClock.UnixMicroseconds();
        if (found.Length > 0)
        {
            _clock.Place(now, wall, found[^1].Microseconds);
        }

        foreach (var sample in found)
        {
            if (sample.Value(type) is { } value)
            {
                counter.Stamped(_clock.Place(now, wall, sample.Microseconds), value * scale, into);
            }
        }

        return result;
    }

    /// <summary>Nothing new is a success with no samples, whichever way the driver says it.</summary>
    private NvmlResult Fetch(out uint type, out Span<NvmlSample> found)
    {
        var count = (uint)_samples.Length;
        var result = NvmlCall.Samples(_symbol, _device, _type, _seen, out type, ref count, _samples);
        found = result == NvmlResult.Success ? _samples.AsSpan(0, (int)Math.Min(count, (uint)_samples.Length)) : [];
        found.Sort((a, b) => a.Microseconds.CompareTo(b.Microseconds));
        while (found.Length > 0 && found[0].Microseconds <= _seen)
        {
            found = found[1..];
        }

        _seen = found.Length > 0 ? found[^1].Microseconds : _seen;
        return result == NvmlResult.NotFound ? NvmlResult.Success : result;
    }
}
