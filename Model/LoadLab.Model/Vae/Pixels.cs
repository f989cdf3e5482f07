namespace LoadLab.Model.Vae;

/// <summary>Colour values to bytes.</summary>
internal static class Pixels
{
    /// <summary>(v + 1) / 2 * 255 of v clamped to [-1, 1], truncated, not rounded: as the reference saves them.</summary>
    public static void ToBytes(ReadOnlySpan<float> values, Span<byte> bytes)
    {
        for (var i = 0; i < values.Length; i++)
        {
            bytes[i] = (byte)((Math.Clamp(values[i], -1f, 1f) + 1f) / 2f * 255f);
        }
    }
}
