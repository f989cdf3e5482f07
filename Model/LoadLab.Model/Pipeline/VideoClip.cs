namespace LoadLab.Model.Pipeline;

/// <summary>Decoded frames: bytes [frames, height, width, 3], red first.</summary>
public sealed record VideoClip(int Width, int Height, int Frames, int FramesPerSecond, byte[] Rgb)
{
    /// <summary>One frame's bytes [height, width, 3].</summary>
    public ReadOnlySpan<byte> Frame(int index) => Rgb.AsSpan(index * Width * Height * 3, Width * Height * 3);
}
