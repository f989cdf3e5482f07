using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Tests.FullSize;

/// <summary>
/// Weights as functions of name and index, made again whenever asked for, so that a network of full width and its float64 evaluation can have the same ones while only a
/// matrix at a time is held outside the network. Uniform: matrices with deviation 1/sqrt(inputs), biases 0.1, gains 1 with 0.2, modulation tables 0.3.
/// </summary>
internal sealed class CheapWeights : WeightView
{
    private const int Piece = 1 << 16;

    private float[] _scratch = [];

    public override IReadOnlyList<string> Problems(IEnumerable<TensorSpec> specs) => [];

    public override LinearWeight Linear(ITensorBackend backend, string name, int outFeatures, int inFeatures, bool bias, ElementType type) =>
        backend.PrepareLinear(outFeatures, inFeatures, Matrix(name, outFeatures, inFeatures), bias ? Bias(name, outFeatures) : [], type);

    public override ConvolutionWeight Convolution(
        ITensorBackend backend, string name, int outChannels, int inChannels, int kernelTime, int kernelHeight, int kernelWidth, ElementType type) =>
        throw new NotSupportedException("a transformer has no convolutions");

    public override Tensor Tensor(ITensorBackend backend, string name, Shape shape) => backend.FromHost(shape, Vector(name, (int)shape.Count));

    public override RowTable Rows(string name, int rows, int width) => throw new NotSupportedException("a transformer has no embedding");

    public override void ReleaseScratch() => _scratch = [];

    /// <summary>name.weight, valid until the next matrix.</summary>
    public ReadOnlySpan<float> Matrix(string name, int outFeatures, int inFeatures)
    {
        var count = checked(outFeatures * inFeatures);
        if (_scratch.Length < count)
        {
            _scratch = [];
            _scratch = new float[count];
        }

        Fill(_scratch, count, $"{name}.weight", 0, 1 / Math.Sqrt(inFeatures));
        return _scratch.AsSpan(0, count);
    }

    /// <summary>One row of the last matrix, in float64.</summary>
    public void Row(int row, double[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = _scratch[(row * values.Length) + i];
        }
    }

    public float[] Bias(string name, int count) => Vector($"{name}.bias", count);

    public float[] Vector(string name, int count)
    {
        var (mean, deviation) = name.EndsWith("modulation", StringComparison.Ordinal) ? (0, 0.3) : name.EndsWith("bias", StringComparison.Ordinal) ? (0, 0.1) : (1, 0.2);
        var values = new float[count];
        Fill(values, count, name, mean, deviation);
        return values;
    }

    private static void Fill(float[] values, int count, string name, double mean, double deviation)
    {
        var seed = (uint)Fnv1A.Hash(name);
        var scale = (float)(deviation * Math.Sqrt(3) / int.MaxValue);
        Parallel.For(0, (count + Piece - 1) / Piece, piece =>
        {
            for (var i = piece * Piece; i < Math.Min(count, (piece + 1) * Piece); i++)
            {
                var bits = ((uint)i * 0x9E3779B1) ^ seed;
                bits = (bits ^ (bits >> 15)) * 0x85EBCA6B;
                values[i] = (float)mean + (scale * (int)(bits ^ (bits >> 13)));
            }
        });
    }
}
