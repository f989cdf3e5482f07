namespace LoadLab.Model.Tests.FullSize;

/// <summary>A tensor of a published checkpoint: its name in the original layout, in that of Diffusers, and its shape.</summary>
internal sealed record SpecTensor(string Original, string Diffusers, int[] Shape)
{
    public long Count => Shape.Aggregate(1L, (count, extent) => count * extent);

    public string Name(bool diffusers) => diffusers ? Diffusers : Original;
}
