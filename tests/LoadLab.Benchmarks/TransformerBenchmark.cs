using BenchmarkDotNet.Attributes;

namespace LoadLab.Benchmarks;

/// <summary>A forward of the mid transformer: 1024 tokens, width 512, 8 layers.</summary>
public class TransformerBenchmark : TensorBenchmark
{
    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup() => Prepare(new TransformerWorkload(), Threads);

    [Benchmark]
    public void Forward() => Run();
}
