namespace LoadLab.Tensors;

/// <summary>A linear weight packed in panels.</summary>
internal sealed class CpuLinearWeight(int inFeatures, int outFeatures, Panels panels) : LinearWeight(inFeatures, outFeatures)
{
    public Panels Panels { get; } = panels;

    protected override void Dispose(bool disposing) => Panels.Dispose();
}
