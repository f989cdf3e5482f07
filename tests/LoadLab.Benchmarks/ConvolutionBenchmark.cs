using BenchmarkDotNet.Attributes;

namespace LoadLab.Benchmarks;

/// <summary>Causal 3x3x3 convolutions of a video decoder with 8 base channels, from its widest to its largest frames.</summary>
public class ConvolutionBenchmark : TensorBenchmark
{
    [Params("3 12 20 64 64", "5 24 40 32 32", "9 48 80 16 16", "9 96 160 8 8")]
    public string FramesHeightWidthInOut { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var sizes = FramesHeightWidthInOut.Split(' ').Select(int.Parse).ToArray();
        Prepare(new ConvolutionWorkload(sizes[0], sizes[1], sizes[2], sizes[3], sizes[4]), 1);
    }

    [Benchmark]
    public void Convolution() => Run();
}
