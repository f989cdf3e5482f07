using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using LoadLab.Benchmarks;

// "gemm --quick [THREADS]" and the like print rates directly, in seconds; "transformer --parts [THREADS]" prints where a forward's time goes;
// "simulator rules|day|markov CALLS [TIMES]" are whole simulations, for scripts/simulator-bench.sh;
// "transformer --duel FILE THREADS" is one side of scripts/torch-compare.sh; anything else is BenchmarkDotNet's (for example --filter '*').
switch (args)
{
    case [var name, "--quick", .. var rest]:
        return QuickRun.Run(name, Threads(rest), Console.Out);
    case ["transformer", "--parts", .. var rest]:
        return PartsRun.Run(Threads(rest), Console.Out);
    case ["transformer", "--duel", var file, .. var rest]:
        return DuelRun.Run(file, Threads(rest), Console.In, Console.Out);
    case ["simulator", var scene, var calls, .. var rest]:
        return SimulatorRun.Run(scene, int.Parse(calls, System.Globalization.CultureInfo.InvariantCulture), Threads(rest), Console.Out);
}

// In process: no second build, so results are those of this very assembly.
var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(typeof(QuickRun).Assembly).Run(args, config);
return 0;

static int Threads(string[] rest) => rest is [var count] && int.TryParse(count, out var threads) ? threads : 1;
