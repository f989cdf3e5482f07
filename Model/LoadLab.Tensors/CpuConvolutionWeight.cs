namespace LoadLab.Tensors;

/// <summary>A convolution weight packed in panels whose depth runs over taps, then input channels.</summary>
internal sealed class CpuConvolutionWeight(int inChannels, int outChannels, int kernelTime, int kernelHeight, int kernelWidth, Panels panels)
    : ConvolutionWeight(inChannels, outChannels, kernelTime, kernelHeight, kernelWidth)
{
    public Panels Panels { get; } = panels;

    protected override void Dispose(bool disposing) => Panels.Dispose();
}
