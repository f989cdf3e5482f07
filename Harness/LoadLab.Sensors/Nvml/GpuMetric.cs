using LoadLab.Core;

namespace LoadLab.Sensors;

/// <summary>Reads one number with an NVML function, in the metric's unit.</summary>
internal delegate NvmlResult GpuGetter(nint symbol, nint device, out double value);

/// <summary>One series of a GPU: the function that tells it now, and the driver's sample buffer of the same thing where there is one.</summary>
/// <param name="Symbol">The function to poll.</param>
/// <param name="Period">Polls closer than this are left out.</param>
/// <param name="Buffer">nvmlSamplingType_t; null = none.</param>
/// <param name="BufferScale">From the buffer's unit to the metric's.</param>
internal sealed record GpuMetric(string Metric, string Unit, string Symbol, GpuGetter Get, Duration Period, int? Buffer = null, double BufferScale = 1)
{
    // Quantities that move slowly are not worth a call to the driver 20 times a second.
    private static readonly Duration s_slow = Duration.FromSeconds(0.25);
    private static readonly Duration s_slowest = Duration.FromSeconds(1);

    /// <summary>Watts; also what energy is made of where the driver has no energy counter.</summary>
    public static GpuMetric Power { get; } = new("power", "W", "nvmlDeviceGetPowerUsage", Milli, Duration.Zero, Buffer: 0, 1e-3);

    /// <summary>All but power and energy.</summary>
    public static IReadOnlyList<GpuMetric> Others { get; } =
    [
        new("kernel.active", "share", "nvmlDeviceGetUtilizationRates", KernelActive, Duration.Zero, Buffer: 1, 1e-2),
        new("memory.active", "share", "nvmlDeviceGetUtilizationRates", MemoryActive, Duration.Zero, Buffer: 2, 1e-2),
        new("memory.used", "bytes", "nvmlDeviceGetMemoryInfo", MemoryUsed, Duration.Zero),
        new("memory.total", "bytes", "nvmlDeviceGetMemoryInfo", MemoryTotal, s_slowest),
        new("clock.sm", "MHz", "nvmlDeviceGetClockInfo", (nint symbol, nint device, out double value) => Selected(symbol, device, 1, out value), Duration.Zero, Buffer: 5),
        new("clock.mem", "MHz", "nvmlDeviceGetClockInfo", (nint symbol, nint device, out double value) => Selected(symbol, device, 2, out value), s_slow, Buffer: 6),
        new("temperature", "C", "nvmlDeviceGetTemperature", (nint symbol, nint device, out double value) => Selected(symbol, device, 0, out value), s_slow),
        new("throttle.reasons", "bits", "nvmlDeviceGetCurrentClocksThrottleReasons", Bits, s_slow),
        new("power.limit", "W", "nvmlDeviceGetEnforcedPowerLimit", Milli, s_slowest),
    ];

    private static NvmlResult Milli(nint symbol, nint device, out double value)
    {
        var result = NvmlCall.UInt(symbol, device, out var read);
        value = read / 1000.0;
        return result;
    }

    private static NvmlResult Selected(nint symbol, nint device, int which, out double value)
    {
        var result = NvmlCall.UInt(symbol, device, which, out var read);
        value = read;
        return result;
    }

    private static NvmlResult Bits(nint symbol, nint device, out double value)
    {
        var result = NvmlCall.Fill<ulong>(symbol, device, out var read);
        value = read;
        return result;
    }

    private static NvmlResult KernelActive(nint symbol, nint device, out double value)
    {
        var result = NvmlCall.Fill<NvmlUtilization>(symbol, device, out var read);
        value = read.Gpu / 100.0;
        return result;
    }

    private static NvmlResult MemoryActive(nint symbol, nint device, out double value)
    {
        var result = NvmlCall.Fill<NvmlUtilization>(symbol, device, out var read);
        value = read.Memory / 100.0;
        return result;
    }

    private static NvmlResult MemoryUsed(nint symbol, nint device, out double value)
    {
        var result = NvmlCall.Fill<NvmlMemory>(symbol, device, out var read);
        value = read.Used;
        return result;
    }

    private static NvmlResult MemoryTotal(nint symbol, nint device, out double value)
    {
        var result = NvmlCall.Fill<NvmlMemory>(symbol, device, out var read);
        value = read.Total;
        return result;
    }
}
