using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Nano;

/// <summary>Random weights of a tensor by its name and kind: the bytes are the same on every machine (<see cref="NormalDraw"/>).</summary>
internal static class WeightDraw
{
    /// <summary>All values of a tensor.</summary>
    public static float[] Draw(TensorSpec spec, string stream)
    {
        var values = new float[spec.Shape.Aggregate(1, (count, extent) => checked(count * extent))];
        var (mean, deviation) = Distribution(spec);
        NormalDraw.Fill(values, mean, deviation, Seed(spec.Name, stream));
        return values;
    }

    /// <summary>Of a tensor in a stream, which is the model's name and, where networks share names, the network's.</summary>
    public static ulong Seed(string tensor, string stream) => Fnv1A.Hash($"{stream}/{tensor}");

    public static (double Mean, double Deviation) Distribution(TensorSpec spec) => spec.Kind switch
    {
        WeightKind.Matrix => (0, 1 / Math.Sqrt(spec.Shape.Skip(1).Aggregate(1.0, (inputs, extent) => inputs * extent))),
        WeightKind.Bias => (0, 0.1),
        WeightKind.Gain => (1, 0.2),
        WeightKind.Modulation => (0, 0.3),
        _ => (0, 1),
    };
}
