namespace LoadLab.Tensors;

/// <summary>
/// One output frame. Pixel p of the padded frame is row p / PaddedWidth, column p % PaddedWidth; those with a column below Width are stored. Working on the padded
/// frame as one long line keeps tiles full across row ends.
/// </summary>
internal unsafe struct ConvolutionJob
{
    public float* Padded;
    public nint PixelStride;
    public nint* Taps;
    public int TapCount;
    public int TapDepth;
    public Panels Right;
    public float* Frame;
    public int Width;
    public int PaddedWidth;
}
