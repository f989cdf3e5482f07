using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Runs;
using ManagedCuda;

namespace LoadLab.Sensors.ManagedCuda;

/// <summary>
/// The memory of one device through ManagedCuda. The driver tells it only to a context on that device, and the context itself takes some hundred MiB there: choose NVML where it is
/// to be had. The context is made at the first read, on the sampler's thread.
/// </summary>
public sealed class CudaSource(CudaDevice device) : ISampleSource
{
    private readonly Counter _free = new(NameOf(device), "memory.free", "bytes");
    private readonly Counter _used = new(NameOf(device), "memory.used", "bytes");
    private readonly Counter _total = new(NameOf(device), "memory.total", "bytes");
    private PrimaryContext? _context;

    public string Name => NameOf(device);

    public IReadOnlyCollection<Counter> Counters => [_free, _used, _total];

    public void Read(Instant now, ICollection<Sample> into)
    {
        if (_free.Stopped)
        {
            return;
        }

        try
        {
            _context ??= new PrimaryContext(device.Index);
            _context.SetCurrent();
            var total = (double)(ulong)_context.GetTotalDeviceMemorySize();
            var free = (double)(ulong)_context.GetFreeDeviceMemorySize();
            _free.Gauge(now, free, into);
            _used.Gauge(now, total - free, into);
            _total.Gauge(now, total, into);
        }
        catch (Exception e) when (CudaDevices.ReasonOf(e) is { } reason)
        {
            Tell(reason);
        }
    }

    public void Dispose()
    {
        try
        {
            _context?.Dispose();
        }
        catch (Exception e) when (CudaDevices.ReasonOf(e) is not null)
        {
            // The device is gone, and its context with it.
        }
    }

    private static string NameOf(CudaDevice device) => string.Create(CultureInfo.InvariantCulture, $"cuda{device.Index}");

    /// <summary>Without a context there will be no value; with one, the next read may succeed.</summary>
    private void Tell(string reason)
    {
        foreach (var counter in Counters)
        {
            if (_context is null)
            {
                counter.Stop(reason);
            }
            else
            {
                counter.Fail(reason);
            }
        }
    }
}
