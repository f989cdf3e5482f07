namespace LoadLab.Model.Sampling;

/// <summary>Classifier-free guidance.</summary>
internal static class Guidance
{
    /// <summary>positive becomes negative + scale (positive - negative).</summary>
    public static void Apply(Span<float> positive, ReadOnlySpan<float> negative, float scale)
    {
        for (var i = 0; i < positive.Length; i++)
        {
            positive[i] = negative[i] + (scale * (positive[i] - negative[i]));
        }
    }
}
