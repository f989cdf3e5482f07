using BenchmarkDotNet.Attributes;
using LoadLab.Tensors;

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

/// <summary>A workload on a backend of its own; reports managed allocations beside the time.</summary>
[MemoryDiagnoser]
public abstract class TensorBenchmark : IDisposable
{
    private CpuBackend? _backend;
    private Workload? _workload;

    [GlobalCleanup]
    public void Dispose()
    {
        _workload?.Dispose();
        _backend?.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected void Prepare(Workload workload, int threads)
    {
        _backend = new CpuBackend(1L << 30, threads);
        _workload = workload;
        workload.Prepare(_backend);
    }

    private protected void Run() => _workload!.Run();
}
