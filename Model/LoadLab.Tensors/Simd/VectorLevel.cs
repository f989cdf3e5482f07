using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LoadLab.Tensors;

/// <summary>Vector widths kernels are compiled for.</summary>
internal enum VectorLevel
{
    Scalar,
    Vector128,
    Vector256,
    Vector512,
}

internal static class VectorLevels
{
    /// <summary>The widest this processor runs at full speed.</summary>
    public static VectorLevel Best =>
        IsSupported(VectorLevel.Vector512) ? VectorLevel.Vector512 :
        IsSupported(VectorLevel.Vector256) ? VectorLevel.Vector256 :
        IsSupported(VectorLevel.Vector128) ? VectorLevel.Vector128 : VectorLevel.Scalar;

    public static bool IsSupported(VectorLevel level) => level switch
    {
        VectorLevel.Vector512 => System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated && Avx512F.IsSupported,
        VectorLevel.Vector256 => System.Runtime.Intrinsics.Vector256.IsHardwareAccelerated && Avx2.IsSupported,
        VectorLevel.Vector128 => System.Runtime.Intrinsics.Vector128.IsHardwareAccelerated,
        _ => true,
    };

    public static string Name(VectorLevel level) => level switch
    {
        VectorLevel.Vector512 => "avx512",
        VectorLevel.Vector256 => "avx2",
        VectorLevel.Vector128 => "128-bit vectors",
        _ => "scalar",
    };
}
