namespace LoadLab.Sensors;

/// <summary>nvmlReturn_t, as far as it is told apart here; every other value is a failure that may pass.</summary>
internal enum NvmlResult
{
    Success = 0,
    InvalidArgument = 2,
    NotSupported = 3,
    NoPermission = 4,
    NotFound = 6,
    InsufficientSize = 7,
    FunctionNotFound = 13,
    GpuIsLost = 15,
    ResetRequired = 16,
}

internal static class NvmlResults
{
    /// <summary>The device answers nothing any more.</summary>
    public static bool IsLoss(this NvmlResult result) => result is NvmlResult.GpuIsLost or NvmlResult.ResetRequired;

    /// <summary>This device will never offer this counter to us.</summary>
    public static bool IsAbsence(this NvmlResult result) => result is NvmlResult.NotSupported or NvmlResult.NoPermission or NvmlResult.FunctionNotFound or NvmlResult.InvalidArgument;
}
