using BenchmarkDotNet.Attributes;

namespace LoadLab.Benchmarks;

/// <summary>Matrix products: the square one OpenBLAS is compared on, and one of a transformer's feed-forward.</summary>
public class GemmBenchmark : TensorBenchmark
{
    [Params(1, 2)]
    public int Threads { get; set; }

    [Params("2048 2048 2048", "1024 512 2048")]
    public string Sizes { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var sizes = Sizes.Split(' ').Select(int.Parse).ToArray();
        Prepare(new LinearWorkload(sizes[0], sizes[1], sizes[2]), Threads);
    }

    [Benchmark]
    public void Linear() => Run();
}
