namespace LoadLab.Cli;

/// <summary>A GPU that published speeds of the Wan2.2 models exist for.</summary>
/// <param name="Word">Part of the name that its driver gives.</param>
/// <param name="DenseBf16Flops">Operations per second: dense bfloat16 products with float32 sums, from the maker's data sheet.</param>
/// <param name="Profile">The shipped profile with the published seconds.</param>
/// <param name="Note">Why that profile, where it is not of this GPU; empty otherwise.</param>
internal sealed record GpuPeak(string Word, double DenseBf16Flops, string Profile, string Note = "");

/// <summary>The published table of Wan2.2 names four GPUs; their siblings with the same arithmetic are compared with them.</summary>
internal static class GpuPeaks
{
    // A longer name stands before its own beginning: H200 before H20.
    private static readonly GpuPeak[] s_known =
    [
        new("4090", 165e12, "wan2.2-ti2v-5b-4090-1gpu"),
        new("H200", 989e12, "wan2.2-t2v-a14b-h100-1gpu", "published for the H100, whose arithmetic an H200 has"),
        new("H100 PCIe", 756e12, "wan2.2-t2v-a14b-h100-1gpu", "published for an H100 without saying which; this one is the slower"),
        new("H100", 989e12, "wan2.2-t2v-a14b-h100-1gpu"),
        new("H800", 989e12, "wan2.2-t2v-a14b-h100-1gpu"),
        new("A100", 312e12, "wan2.2-t2v-a14b-a100-1gpu"),
        new("A800", 312e12, "wan2.2-t2v-a14b-a100-1gpu"),
        new("H20", 148e12, "wan2.2-t2v-a14b-h20-1gpu"),
    ];

    /// <summary>Null for a device that is not in the table.</summary>
    public static GpuPeak? Find(string device) => s_known.FirstOrDefault(gpu => device.Contains(gpu.Word, StringComparison.OrdinalIgnoreCase));
}
