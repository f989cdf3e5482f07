using ManagedCuda;
using ManagedCuda.BasicTypes;

namespace LoadLab.Sensors.ManagedCuda;

/// <summary>The devices of this machine through ManagedCuda, or why there are none.</summary>
/// <param name="Devices">In CUDA's order.</param>
/// <param name="AbsentReason">Null when there is a device.</param>
public sealed record CudaDevices(IReadOnlyList<CudaDevice> Devices, string? AbsentReason)
{
    /// <summary>One line for doctor and the first line of a run.</summary>
    public string Line => AbsentReason is null ? string.Join(", ", Devices.Select(device => device.Line)) : $"absent ({AbsentReason})";

    /// <summary>Asks the driver; never throws for a missing or failing one. Takes no memory on the devices.</summary>
    public static CudaDevices Read()
    {
        try
        {
            var count = CudaContext.GetDeviceCount();
            return count == 0
                ? new CudaDevices([], "the driver has no GPU")
                : new CudaDevices([.. Enumerable.Range(0, count).Select(Describe)], null);
        }
        catch (Exception e) when (ReasonOf(e) is not null)
        {
            return new CudaDevices([], ReasonOf(e));
        }
    }

    /// <summary>What a failing driver says, in one line; null for a fault of this program.</summary>
    internal static string? ReasonOf(Exception e) => e switch
    {
        DllNotFoundException => "the CUDA driver library cannot be loaded",
        EntryPointNotFoundException or BadImageFormatException => $"the CUDA driver library does not fit: {FirstLine(e)}",
        TypeInitializationException { InnerException: { } cause } => ReasonOf(cause) ?? FirstLine(cause),
        CudaException => FirstLine(e),
        _ => null,
    };

    private static CudaDevice Describe(int index)
    {
        var found = CudaContext.GetDeviceInfo(index);
        return new CudaDevice(index, found.DeviceName, found.ComputeCapability, found.MultiProcessorCount, (long)(ulong)found.TotalGlobalMemory, found.DriverVersion);
    }

    private static string FirstLine(Exception e) => e.Message.Split('\n')[0].TrimEnd();
}
