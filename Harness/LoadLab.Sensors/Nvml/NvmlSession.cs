namespace LoadLab.Sensors;

/// <summary>NVML between nvmlInit and nvmlShutdown.</summary>
internal sealed class NvmlSession : IDisposable
{
    private const uint MaxDevices = 256;
    private readonly NvmlLibrary _library;
    private readonly nint _errorString;
    private bool _open = true;

    private NvmlSession(NvmlLibrary library)
    {
        _library = library;
        _errorString = library.Symbol("nvmlErrorString");
    }

    /// <summary>Null, with the reason, where there is no driver or it refuses.</summary>
    public static NvmlSession? TryOpen(string? path, out string? reason)
    {
        if (NvmlLibrary.TryLoad(path, out reason) is not { } library)
        {
            return null;
        }

        var session = new NvmlSession(library);
        var result = NvmlCall.Plain(library.Symbol("nvmlInit_v2"));
        if (result == NvmlResult.Success)
        {
            return session;
        }

        reason = $"nvmlInit_v2: {session.Error(result)}";
        return null;
    }

    public string? DriverVersion() => NvmlCall.Text(Symbol("nvmlSystemGetDriverVersion"));

    /// <summary>How many devices, in NVML's order; zero, with the reason, when it does not tell.</summary>
    public int DeviceCount(out string? reason)
    {
        var result = NvmlCall.UInt(Symbol("nvmlDeviceGetCount_v2"), out var count);
        reason = result == NvmlResult.Success ? null : $"nvmlDeviceGetCount_v2: {Error(result)}";
        return result == NvmlResult.Success ? (int)Math.Min(count, MaxDevices) : 0;
    }

    public NvmlResult Device(int index, out nint device) => NvmlCall.Handle(Symbol("nvmlDeviceGetHandleByIndex_v2"), (uint)index, out device);

    public nint Symbol(string name) => _library.Symbol(name);

    public string Error(NvmlResult result) => result == NvmlResult.FunctionNotFound && _errorString == 0 ? "not exported by this driver" : NvmlCall.Error(_errorString, result);

    public void Dispose()
    {
        if (_open)
        {
            _open = false;
            NvmlCall.Plain(Symbol("nvmlShutdown"));
        }
    }
}
