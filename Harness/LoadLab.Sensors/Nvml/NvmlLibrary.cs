using System.Runtime.InteropServices;

namespace LoadLab.Sensors;

/// <summary>
/// The driver's library. Symbols are resolved one by one, so that an older driver lacks single counters instead of failing as a whole,
/// and through function pointers rather than declared imports, which bind one library for the life of the process.
/// </summary>
internal sealed class NvmlLibrary
{
    /// <summary>Names a library to use instead of the driver's.</summary>
    public const string PathVariable = "LOADLAB_NVML";

    private readonly nint _handle;

    private NvmlLibrary(nint handle) => _handle = handle;

    /// <param name="path">Overrides the environment variable, which overrides the driver's usual places.</param>
    /// <param name="reason">Why there is none.</param>
    public static NvmlLibrary? TryLoad(string? path, out string? reason)
    {
        var chosen = path ?? Environment.GetEnvironmentVariable(PathVariable);
        string[] candidates = string.IsNullOrEmpty(chosen) ? UsualPlaces() : [chosen];
        foreach (var candidate in candidates)
        {
            if (NativeLibrary.TryLoad(candidate, typeof(NvmlLibrary).Assembly, DllImportSearchPath.System32, out var handle))
            {
                reason = null;
                return new NvmlLibrary(handle);
            }
        }

        reason = $"{candidates[0]} cannot be loaded";
        return null;
    }

    /// <summary>Zero when the library does not export it.</summary>
    public nint Symbol(string name) => NativeLibrary.TryGetExport(_handle, name, out var address) ? address : 0;

    private static string[] UsualPlaces() => OperatingSystem.IsWindows()
        ? ["nvml.dll", Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "NVIDIA Corporation", "NVSMI", "nvml.dll")]
        : ["libnvidia-ml.so.1", "/usr/lib/wsl/lib/libnvidia-ml.so.1"];
}
