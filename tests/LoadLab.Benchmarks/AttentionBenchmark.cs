using BenchmarkDotNet.Attributes;

namespace LoadLab.Benchmarks;

/// <summary>Softmax attention of 1024 queries on 1024 keys, 8 heads of 64.</summary>
public class AttentionBenchmark : TensorBenchmark
{
    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup() => Prepare(new AttentionWorkload(1024, 1024, 8, 64), Threads);

    [Benchmark]
    public void Attention() => Run();
}
