namespace LoadLab.Planning;

/// <summary>What a device's name says about money.</summary>
public static class DeviceWords
{
    private static readonly string[] s_chips = ["NVIDIA", "GeForce", "RTX", "H100", "H200", "H800", "H20", "GH200", "A100", "A800", "B200", "B300", "L40", "L4", "A10", "T4", "V100", "MI300", "MI325", "MI350", "Ascend", "TPU"];

    /// <summary>Whether the name is that of an accelerator one can rent. Unknown names are taken for processors: then money is only "priced as if".</summary>
    public static bool IsGpu(string device) =>
        !device.StartsWith("cpu", StringComparison.OrdinalIgnoreCase)
        && Words(device).Any(word => s_chips.Any(chip => word.Equals(chip, StringComparison.OrdinalIgnoreCase) || (chip.Length > 3 && word.StartsWith(chip, StringComparison.OrdinalIgnoreCase))));

    private static string[] Words(string device) => device.Split([' ', '-', '/', ',', '(', ')', '_'], StringSplitOptions.RemoveEmptyEntries);
}
