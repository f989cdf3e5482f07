using System.Diagnostics;
using System.Globalization;
using LoadLab.Tensors;

namespace LoadLab.Benchmarks;

/// <summary>Where the time of a transformer forward goes: the fastest of several, by operation.</summary>
internal static class PartsRun
{
    private const int Runs = 15;

    public static int Run(int threads, TextWriter output)
    {
        using var backend = new TimedBackend(new CpuBackend(4L << 30, threads));
        using var workload = new TransformerWorkload();
        workload.Prepare(backend);
        workload.Run();
        var best = double.PositiveInfinity;
        List<(string Part, double Seconds, int Calls)> parts = [];
        for (var i = 0; i < Runs; i++)
        {
            backend.Reset();
            var start = Stopwatch.GetTimestamp();
            workload.Run();
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (seconds < best)
            {
                (best, parts) = (seconds, [.. backend.Parts]);
            }
        }

        output.WriteLine(backend.Name);
        foreach (var (part, seconds, calls) in parts.Append(("the rest", best - parts.Sum(part => part.Seconds), 0)).Append(("whole", best, 1)))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{part,-34} {calls,4} x {seconds * 1e3,9:F3} ms {100 * seconds / best,6:F1} %"));
        }

        return 0;
    }
}
