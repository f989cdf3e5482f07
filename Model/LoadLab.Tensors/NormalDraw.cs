namespace LoadLab.Tensors;

/// <summary>
/// Random values that are the same on every machine: only integer and exactly rounded operations. A normal value is the centred sum of four 16-bit uniforms
/// (Irwin-Hall; bounded at 3.46 deviations), its bits from SplitMix64. The i-th value of a stream depends on the seed and i alone, so a stream can be drawn in pieces.
/// </summary>
public static class NormalDraw
{
    private const int Halves = 4;
    private const double HalfMaximum = 65535;
    private const ulong Gamma = 0x9E3779B97F4A7C15;

    // Deviation of the sum of four uniforms on [0, 1] is sqrt(4 / 12).
    private static readonly double Scale = 1 / Math.Sqrt(Halves / 12.0);

    /// <summary>Values <paramref name="first"/>, first + 1, … of the seed's stream.</summary>
    public static void Fill(Span<float> values, double mean, double deviation, ulong seed, long first = 0)
    {
        var state = unchecked(seed + ((ulong)first * Gamma));
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)(mean + (deviation * Normal(state += Gamma)));
        }
    }

    private static double Normal(ulong state)
    {
        var bits = Mix(state);
        var sum = (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48);
        return ((sum / HalfMaximum) - (Halves / 2.0)) * Scale;
    }

    // The output function of SplitMix64, Steele, Lea and Flood 2014.
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
