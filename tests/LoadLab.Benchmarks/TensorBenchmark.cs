using BenchmarkDotNet.Attributes;
using LoadLab.Tensors;

namespace LoadLab.Benchmarks;

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
