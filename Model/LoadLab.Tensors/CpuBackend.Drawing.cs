namespace LoadLab.Tensors;

/// <summary>Random weights by <see cref="NormalDraw"/>: here they are the same values on every machine and with any number of threads.</summary>
public sealed unsafe partial class CpuBackend : IWeightDrawing
{
    public Tensor DrawTensor(Shape shape, float mean, float deviation, ulong seed)
    {
        var tensor = Allocate(shape);
        Draw(tensor.Pointer, shape.Count, mean, deviation, seed);
        return tensor;
    }

    public LinearWeight DrawLinear(int outFeatures, int inFeatures, float weightDeviation, float? biasDeviation, ulong seed, ElementType type = ElementType.Float32)
    {
        using var weight = DrawBlock((long)outFeatures * inFeatures, weightDeviation, seed);
        using var bias = biasDeviation is { } deviation ? DrawBlock(outFeatures, deviation, ~seed) : null;
        return PrepareLinear(outFeatures, inFeatures, Values(weight, (long)outFeatures * inFeatures), Values(bias, outFeatures), type);
    }

    public ConvolutionWeight DrawConvolution(
        int outChannels, int inChannels, int kernelTime, int kernelHeight, int kernelWidth, float weightDeviation, float biasDeviation, ulong seed, ElementType type = ElementType.Float32)
    {
        var count = checked((long)outChannels * inChannels * kernelTime * kernelHeight * kernelWidth);
        using var weight = DrawBlock(count, weightDeviation, seed);
        using var bias = DrawBlock(outChannels, biasDeviation, ~seed);
        return PrepareConvolution(outChannels, inChannels, kernelTime, kernelHeight, kernelWidth, Values(weight, count), Values(bias, outChannels), type);
    }

    private static ReadOnlySpan<float> Values(Block? block, long count) => block is null ? [] : new ReadOnlySpan<float>(block.Pointer, checked((int)count));

    private Block DrawBlock(long count, double deviation, ulong seed)
    {
        var block = _arena.Rent(count);
        Draw(block.Pointer, count, 0, deviation, seed);
        return block;
    }

    private void Draw(float* values, long total, double mean, double deviation, ulong seed) => ForRanges(total, 1, (start, count, _) =>
        NormalDraw.Fill(new Span<float>(values + start, (int)count), mean, deviation, seed, start));
}
