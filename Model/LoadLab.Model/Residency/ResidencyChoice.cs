namespace LoadLab.Model.Residency;

/// <summary>What is asked of a plan: nothing, or where the text encoder works.</summary>
public enum ResidencyChoice
{
    /// <summary>The first plan that fits.</summary>
    Auto,

    /// <summary>Everything stays on the device.</summary>
    Resident,

    /// <summary>The text encoder works on the host; the rest as it fits.</summary>
    CpuText,

    /// <summary>The text encoder is loaded for a batch's prompts and freed; the rest as it fits.</summary>
    OffloadText,
}
