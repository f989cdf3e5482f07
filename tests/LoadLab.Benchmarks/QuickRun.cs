using System.Diagnostics;
using System.Globalization;
using LoadLab.Tensors;

namespace LoadLab.Benchmarks;

/// <summary>Rates of the tensor kernels, best and median of several runs, without a benchmark framework around them.</summary>
internal static class QuickRun
{
    private static readonly (string Name, Func<Workload[]> Make)[] Suites =
    [
        ("gemm", () =>
        [
            new LinearWorkload(2048, 2048, 2048),
            new LinearWorkload(1024, 512, 2048),
            new LinearWorkload(45, 256, 1024),
            new LinearWorkload(1, 3072, 3072),
        ]),
        ("attention", () =>
        [
            new AttentionWorkload(1024, 1024, 8, 64),
            new AttentionWorkload(45, 45, 4, 64),
            new AttentionWorkload(1024, 1024, 4, 24),
        ]),
        ("convolution", () =>
        [
            new ConvolutionWorkload(3, 12, 20, 64, 64),
            new ConvolutionWorkload(5, 24, 40, 32, 32),
            new ConvolutionWorkload(9, 48, 80, 32, 16),
            new ConvolutionWorkload(9, 48, 80, 16, 16),
            new ConvolutionWorkload(9, 96, 160, 8, 8),
            new ConvolutionWorkload(9, 48, 80, 8, 12),
        ]),
        ("transformer", () => [new TransformerWorkload()]),
        ("passes", () =>
        [
            new PassWorkload("layer norm", new Shape(1, 1024, 512), (b, x, _) => b.LayerNormModulated(x, 1e-6f, null, null)),
            new PassWorkload("rms norm", new Shape(1, 1024, 512), (b, x, last) => b.RmsNorm(x, 1e-6f, last)),
            new PassWorkload("channel norm and silu", new Shape(9, 96, 160, 8), (b, x, last) => b.ChannelNorm(x, last, Activation.Silu)),
            new PassWorkload("channel norm and silu", new Shape(9, 48, 80, 32), (b, x, last) => b.ChannelNorm(x, last, Activation.Silu)),
            new PassWorkload("gelu", new Shape(1024, 2048), (b, x, _) => b.Activate(x, Activation.GeluTanh)),
            new PassWorkload("add last axis", new Shape(9, 96, 160, 12), (b, x, last) => b.Add(x, last)),
            new PassWorkload("add", new Shape(1024, 512), (b, x, _) => b.Add(x, x)),
            new PassWorkload("permute channels to front", new Shape(1, 9, 96, 160, 12), (b, x, _) => b.Permute(x, [0, 4, 1, 2, 3])),
            new PassWorkload("permute patches", new Shape(9, 96, 160, 3, 2, 2), (b, x, _) => b.Permute(x, [0, 1, 5, 2, 4, 3])),
            new PassWorkload("upsample", new Shape(1, 9, 48, 80, 16), (b, x, _) => b.UpsampleNearest2(x)),
        ]),
    ];

    /// <summary>Runs a suite; 2 for a name that does not exist.</summary>
    public static int Run(string name, int threads, TextWriter output)
    {
        var make = Suites.FirstOrDefault(suite => suite.Name == name).Make;
        if (make is null)
        {
            Console.Error.WriteLine($"no suite '{name}'; there are {string.Join(", ", Suites.Select(suite => suite.Name))}");
            return 2;
        }

        using var backend = new CpuBackend(4L << 30, threads);
        output.WriteLine(backend.Name);
        foreach (var workload in make())
        {
            using (workload)
            {
                workload.Prepare(backend);
                Report(workload, output);
            }
        }

        return 0;
    }

    private static void Report(Workload workload, TextWriter output)
    {
        var warm = Stopwatch.StartNew();
        while (warm.ElapsedMilliseconds < 300)
        {
            workload.Run();
        }

        var runs = new double[15];
        for (var i = 0; i < runs.Length; i++)
        {
            runs[i] = Seconds(workload);
        }

        Array.Sort(runs);
        var (best, median) = (runs[0], runs[runs.Length / 2]);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{workload.Name,-46} best {best * 1e3,9:F3} ms {workload.Operations / best / 1e9,7:F1} G{workload.Unit}/s   median {median * 1e3,9:F3} ms {workload.Operations / median / 1e9,7:F1} G{workload.Unit}/s"));
    }

    /// <summary>Seconds of one run, averaged over about 5 ms for the short ones.</summary>
    private static double Seconds(Workload workload)
    {
        var start = Stopwatch.GetTimestamp();
        var count = 0;
        do
        {
            workload.Run();
            count++;
        }
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < 5);

        return Stopwatch.GetElapsedTime(start).TotalSeconds / count;
    }
}
