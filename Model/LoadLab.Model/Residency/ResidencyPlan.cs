using LoadLab.Tensors;

namespace LoadLab.Model.Residency;

/// <summary>Where the text encoder works.</summary>
public enum TextPlace
{
    /// <summary>Resident: on the device for as long as the model is loaded.</summary>
    Device,

    /// <summary>On a second, host backend, float32; the device never sees it.</summary>
    Host,

    /// <summary>On the device, loaded for a batch's prompts and freed before its first step.</summary>
    Offloaded,
}

/// <summary>Where the transformer, or the two experts of a model that has them, are.</summary>
public enum TransformerPlace
{
    /// <summary>Resident: all of them for as long as the model is loaded.</summary>
    Device,

    /// <summary>Loaded for the steps it computes and freed after them: one expert at a time, none while text is encoded or frames are decoded.</summary>
    Offloaded,
}

/// <summary>Where each part of a model lives while it serves, and in what type. The VAE's decoder is always resident: it is small.</summary>
public sealed record ResidencyPlan
{
    /// <summary>Everything resident, in float32.</summary>
    public static ResidencyPlan Resident { get; } = new();

    public TextPlace Text { get; init; }

    /// <summary>Of the text encoder's layers on the device; on the host they are float32.</summary>
    public ElementType TextType { get; init; }

    public TransformerPlace Transformer { get; init; }

    /// <summary>Of the blocks' layers; the time path, patch embedding and head are float32 always, as in the reference.</summary>
    public ElementType TransformerType { get; init; }

    /// <summary>Float32 is the reference's.</summary>
    public ElementType VaeType { get; init; }

    /// <summary>In words, for example <c>text offloaded, transformer resident, vae float32</c>.</summary>
    public string Words => $"text {Word(Text)}, transformer {(Transformer == TransformerPlace.Device ? "resident" : "offloaded")}, vae {VaeType.ToString().ToLowerInvariant()}";

    private static string Word(TextPlace place) => place switch
    {
        TextPlace.Device => "resident",
        TextPlace.Host => "on the cpu",
        _ => "offloaded",
    };
}
