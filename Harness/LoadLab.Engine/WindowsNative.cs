using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LoadLab.Engine;

/// <summary>Waitable timers of kernel32.</summary>
internal static partial class WindowsNative
{
    public const uint HighResolution = 0x2;
    public const uint AllAccess = 0x1F0003;

    [LibraryImport("kernel32", EntryPoint = "CreateWaitableTimerExW")]
    public static partial SafeWaitHandle CreateWaitableTimer(nint attributes, nint name, uint flags, uint access);

    /// <param name="dueTime">In 100 ns; negative = from now.</param>
    [LibraryImport("kernel32", EntryPoint = "SetWaitableTimer")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool SetWaitableTimer(SafeWaitHandle timer, in long dueTime, int period, nint routine, nint argument, [MarshalAs(UnmanagedType.Bool)] bool resume);

    [LibraryImport("kernel32", EntryPoint = "WaitForSingleObject")]
    public static partial uint WaitForSingleObject(SafeWaitHandle handle, uint milliseconds);
}
