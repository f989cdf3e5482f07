using System.Globalization;

namespace LoadLab.Sensors.ManagedCuda;

/// <summary>One device as the CUDA driver describes it. CUDA may number devices in another order than NVML does.</summary>
/// <param name="Index">From 0, in CUDA's order.</param>
/// <param name="Name">As the driver tells it.</param>
/// <param name="ComputeCapability">Major and minor number, for example 9.0.</param>
/// <param name="Multiprocessors">Streaming multiprocessors.</param>
/// <param name="MemoryBytes">Of the whole device.</param>
/// <param name="Driver">The newest CUDA version that the driver serves, for example 12.8; not the number of the driver itself.</param>
public sealed record CudaDevice(int Index, string Name, Version ComputeCapability, int Multiprocessors, long MemoryBytes, Version Driver)
{
    /// <summary>One line: <c>cuda0 NVIDIA H200 (132 SM, compute 9.0, 140 GiB, CUDA 12.8)</c>.</summary>
    public string Line => string.Create(
        CultureInfo.InvariantCulture,
        $"cuda{Index} {Name} ({Multiprocessors} SM, compute {ComputeCapability}, {MemoryBytes / (double)(1L << 30):F0} GiB, CUDA {Driver})");
}
