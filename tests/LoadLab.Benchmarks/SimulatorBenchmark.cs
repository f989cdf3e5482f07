using BenchmarkDotNet.Attributes;
using LoadLab.Fleet;
using LoadLab.Workload;

namespace LoadLab.Benchmarks;

/// <summary>A whole simulation without rows or journal: what a call costs with tiers, batches and a scaling rule on 64 replicas, and on theory's M/M/8.</summary>
[MemoryDiagnoser]
public class SimulatorBenchmark
{
    private const int Calls = 100_000;
    private SimulatorScene _scene = null!;
    private Schedule _schedule = null!;

    [Params("rules", "markov", "day")]
    public string Scene { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _scene = Scene switch
        {
            "rules" => SimulatorScene.Rules(Calls),
            "markov" => SimulatorScene.Markov(Calls),
            _ => SimulatorScene.Day(Calls),
        };
        _schedule = _scene.Schedule();
    }

    [Benchmark(OperationsPerInvoke = Calls)]
    public SimulationResult Call() => _scene.Run(_schedule);
}
