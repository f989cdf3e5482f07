using LoadLab.Model.Weights;

namespace LoadLab.Model.Nano;

/// <summary>
/// Draws a tensor's values from its name. Only integer and exactly rounded operations are used, so that the bytes are the same on every machine: a normal value is
/// the centred sum of four 16-bit uniforms (Irwin-Hall; bounded at 3.46 deviations), its bits from SplitMix64.
/// </summary>
internal static class WeightDraw
{
    private const int Halves = 4;
    private const double HalfMaximum = 65535;

    // Deviation of the sum of four uniforms on [0, 1] is sqrt(4 / 12).
    private static readonly double Scale = 1 / Math.Sqrt(Halves / 12.0);

    public static float[] Draw(TensorSpec spec, string stream)
    {
        var values = new float[spec.Shape.Aggregate(1, (count, extent) => checked(count * extent))];
        var (mean, deviation) = Distribution(spec);
        var state = Fnv1A.Hash($"{stream}/{spec.Name}");
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)(mean + (deviation * Normal(ref state)));
        }

        return values;
    }

    private static (double Mean, double Deviation) Distribution(TensorSpec spec) => spec.Kind switch
    {
        WeightKind.Matrix => (0, 1 / Math.Sqrt(spec.Shape.Skip(1).Aggregate(1.0, (inputs, extent) => inputs * extent))),
        WeightKind.Bias => (0, 0.1),
        WeightKind.Gain => (1, 0.2),
        WeightKind.Modulation => (0, 0.3),
        _ => (0, 1),
    };

    private static double Normal(ref ulong state)
    {
        var bits = Next(ref state);
        var sum = (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48);
        return ((sum / HalfMaximum) - (Halves / 2.0)) * Scale;
    }

    // SplitMix64, Steele, Lea and Flood 2014.
    private static ulong Next(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
