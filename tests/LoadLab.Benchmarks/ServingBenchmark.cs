using BenchmarkDotNet.Attributes;
using LoadLab.Testing;

namespace LoadLab.Benchmarks;

/// <summary>What the serving core costs for each event at steady state: arrivals, ended batches, timers. Time and bytes hold the host that feeds it (the events' own objects among them).</summary>
[MemoryDiagnoser]
public class ServingBenchmark
{
    private const int EventsEach = 10_000;
    private SteadyServing _serving = null!;

    [Params("small", "large")]
    public string Load { get; set; } = "";

    [Params(false, true)]
    public bool Journal { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _serving = Load == "small" ? SteadyServing.Small(Journal) : SteadyServing.Large(Journal);
        _serving.Run(50_000);
    }

    [Benchmark(OperationsPerInvoke = EventsEach)]
    public void Event() => _serving.Run(EventsEach);
}
