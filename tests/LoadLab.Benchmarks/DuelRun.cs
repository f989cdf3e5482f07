using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using LoadLab.Tensors;

namespace LoadLab.Benchmarks;

/// <summary>
/// One side of a comparison: writes weights and inputs to FILE if it is not there and its velocity to FILE.velocity (float32, little-endian), says so, then runs a
/// forward for every line read and answers with its milliseconds and those of processor time.
/// </summary>
internal static class DuelRun
{
    public static int Run(string file, int threads, TextReader input, TextWriter output)
    {
        using var backend = new CpuBackend(4L << 30, threads);
        using var workload = new TransformerWorkload(file);
        workload.Prepare(backend);
        workload.Run();
        File.WriteAllBytes($"{file}.velocity", MemoryMarshal.AsBytes(workload.Velocity));
        output.WriteLine(backend.Name);
        while (input.ReadLine() is not null)
        {
            var (start, busy) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            workload.Run();
            var wall = Stopwatch.GetElapsedTime(start);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{wall.TotalMilliseconds} {(Environment.CpuUsage.TotalTime - busy).TotalMilliseconds}"));
            output.Flush();
        }

        return 0;
    }
}
