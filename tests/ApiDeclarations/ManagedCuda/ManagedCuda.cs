// Members of ManagedCuda-12 12.8.60 that the sampler uses: names and types alone, nothing runs.
namespace ManagedCuda
{
    using ManagedCuda.BasicTypes;

    public class CudaContext : IDisposable
    {
        public static int GetDeviceCount() => throw null!;

        public static CudaDeviceProperties GetDeviceInfo(int deviceId) => throw null!;

        public void SetCurrent() => throw null!;

        public SizeT GetTotalDeviceMemorySize() => throw null!;

        public SizeT GetFreeDeviceMemorySize() => throw null!;

        public void Dispose() => throw null!;
    }

    public class PrimaryContext : CudaContext
    {
        public PrimaryContext(int deviceId) => throw null!;
    }

    public class CudaDeviceProperties
    {
        public string DeviceName => throw null!;

        public Version ComputeCapability => throw null!;

        public int MultiProcessorCount => throw null!;

        public SizeT TotalGlobalMemory => throw null!;

        public Version DriverVersion => throw null!;
    }

    public class CudaException : Exception
    {
    }
}

namespace ManagedCuda.BasicTypes
{
    public struct SizeT
    {
        public static implicit operator ulong(SizeT t) => throw null!;
    }
}
