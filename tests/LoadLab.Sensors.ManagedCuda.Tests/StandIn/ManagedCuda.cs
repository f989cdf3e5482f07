namespace ManagedCuda
{
    using ManagedCuda.BasicTypes;

    /// <summary>What the stand-in's driver has; each test sets its own.</summary>
    internal sealed class StandInDriver
    {
        public static StandInDriver Current { get; set; } = new();

        public int Devices { get; init; }

        /// <summary>Thrown by everything.</summary>
        public Exception? Fault { get; set; }

        /// <summary>Thrown by the making of a context.</summary>
        public Exception? ContextFault { get; init; }

        public ulong FreeBytes { get; set; } = 60UL << 30;

        public int Contexts { get; set; }

        /// <summary>The device of the context that is current.</summary>
        public int? CurrentDevice { get; set; }

        public void Check()
        {
            if (Fault is not null)
            {
                throw Fault;
            }
        }
    }

    public class CudaContext : IDisposable
    {
        private protected int Device { get; init; }

        public static int GetDeviceCount()
        {
            StandInDriver.Current.Check();
            return StandInDriver.Current.Devices;
        }

        public static CudaDeviceProperties GetDeviceInfo(int deviceId) => new() { DeviceName = $"Stand-in {deviceId}" };

        public void SetCurrent()
        {
            StandInDriver.Current.Check();
            StandInDriver.Current.CurrentDevice = Device;
        }

        public SizeT GetTotalDeviceMemorySize() => new(80UL << 30);

        public SizeT GetFreeDeviceMemorySize() => new(StandInDriver.Current.FreeBytes - (ulong)(StandInDriver.Current.CurrentDevice ?? 0));

        public void Dispose()
        {
            StandInDriver.Current.Contexts--;
            GC.SuppressFinalize(this);
        }
    }

    public class PrimaryContext : CudaContext
    {
        public PrimaryContext(int deviceId)
        {
            if (StandInDriver.Current.ContextFault is { } fault)
            {
                throw fault;
            }

            Device = deviceId;
            StandInDriver.Current.Contexts++;
        }
    }

    public class CudaDeviceProperties
    {
        public string DeviceName { get; init; } = "";

        public Version ComputeCapability { get; } = new(9, 0);

        public int MultiProcessorCount { get; } = 132;

        public SizeT TotalGlobalMemory { get; } = new(80UL << 30);

        public Version DriverVersion { get; } = new(12, 8);
    }

    public class CudaException(string message) : Exception(message);
}

namespace ManagedCuda.BasicTypes
{
    public readonly struct SizeT(ulong bytes)
    {
        private readonly ulong _bytes = bytes;

        public static implicit operator ulong(SizeT t) => t._bytes;
    }
}
