using System.Runtime.InteropServices;

namespace LoadLab.Sensors;

/// <summary>nvmlMemory_t, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlMemory
{
    public ulong Total;
    public ulong Free;
    public ulong Used;
}

/// <summary>nvmlUtilization_t, 8 bytes: per cent of the driver's last sample period in which a kernel ran, and in which memory was read or written.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlUtilization
{
    public uint Gpu;
    public uint Memory;
}

/// <summary>nvmlProcessInfo_t of the _v2 and _v3 calls, 24 bytes; four bytes of padding follow the pid.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlProcess
{
    public uint Pid;
    public ulong UsedMemory;
    public uint GpuInstance;
    public uint ComputeInstance;
}

/// <summary>nvmlSample_t, 16 bytes: microseconds, and a union that the call's value type names.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlSample
{
    public ulong Microseconds;
    public ulong Bits;

    /// <summary>By nvmlValueType_t; null for a type this build does not know.</summary>
    public readonly double? Value(uint type) => type switch
    {
        0 => BitConverter.UInt64BitsToDouble(Bits),
        1 => (uint)Bits,
        2 => OperatingSystem.IsWindows() ? (uint)Bits : Bits, // unsigned long
        3 => Bits,
        4 => (long)Bits,
        5 => (int)Bits,
        6 => (ushort)Bits,
        _ => null,
    };
}
