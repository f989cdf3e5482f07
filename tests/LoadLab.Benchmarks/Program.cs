using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using LoadLab.Benchmarks;

// "gemm --quick [THREADS]" and the like print rates directly, in seconds; anything else is BenchmarkDotNet's (for example --filter '*').
if (args is [var name, "--quick", .. var rest])
{
    return QuickRun.Run(name, rest is [var count] && int.TryParse(count, out var threads) ? threads : 1, Console.Out);
}

// In process: no second build, so results are those of this very assembly.
var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(typeof(QuickRun).Assembly).Run(args, config);
return 0;
