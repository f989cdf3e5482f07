namespace LoadLab.Model.Pipeline;

/// <summary>Networks of a model, by the stage that needs them.</summary>
[Flags]
public enum ModelParts
{
    None = 0,

    /// <summary>The text encoder.</summary>
    Text = 1,

    /// <summary>The transformer, or both experts.</summary>
    Denoise = 2,

    /// <summary>The VAE's decoder.</summary>
    Decode = 4,
    All = Text | Denoise | Decode,
}
