using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Planning;

/// <summary>Whether the machine that sent the load was itself the bottleneck, from what was sampled while calls were sent.</summary>
/// <param name="Signs">Evidence that it was, one phrase each; empty: it was not.</param>
/// <param name="Evidence">Every figure that was looked at.</param>
public sealed record ClientLoad(IReadOnlyList<string> Signs, IReadOnlyList<string> Evidence)
{
    private const double ShareOfProcessors = 0.9;
    private const double HeldBackCores = 0.05;
    private const double Stolen = 0.05;
    private const double Pressure = 0.5;
    private const double Paused = 0.01;
    private const double Ports = 0.8;

    /// <param name="samples">Of the client; the server's own are not looked at.</param>
    /// <param name="end">When the last call was sent.</param>
    /// <param name="processorsExcused">Whether busy processors say nothing: the server computed on the same machine and the calls went out in time all the same.</param>
    public static ClientLoad Of(IReadOnlyList<Sample> samples, Instant end, bool processorsExcused)
    {
        var signs = new List<string>();
        var evidence = new List<string>();
        var sent = samples.Where(sample => sample.At >= Instant.Zero && sample.At <= end).ToList();
        var limit = Values(sent, "cgroup", "cpu.limit").DefaultIfEmpty(double.NaN).Last();

        Look("CPU of the machine, p95", "share", P95(Values(sent, "host", "cpu.util")), ShareOfProcessors, processorsExcused);
        Look("CPU of what its container may use, p95", "share", P95(Values(sent, "cgroup", "cpu.used")) / limit, ShareOfProcessors, processorsExcused);
        Look("CPU held back by its container", "cores", Mean(Values(sent, "cgroup", "cpu.throttled")), HeldBackCores, processorsExcused);
        Look("CPU taken by other machines of its host", "share", Mean(Values(sent, "host", "cpu.steal")), Stolen, excused: false);
        Look("time in which a task waited for a CPU", "share", Mean(Values(sent, "host", "cpu.pressure")), Pressure, processorsExcused);
        Look("garbage collection pauses", "share", Mean(Values(sent, "engine", "gc.pause")), Paused, excused: false);
        Look("TCP ports in use, most", "share", Values(sent, "host", "tcp.ports").DefaultIfEmpty(double.NaN).Max(), Ports, excused: false);
        return new ClientLoad(signs, evidence);

        void Look(string what, string unit, double value, double bound, bool excused)
        {
            if (!double.IsFinite(value))
            {
                return;
            }

            var phrase = $"{what} {Amount(value, unit)}";
            evidence.Add(phrase);
            if (value > bound && !excused)
            {
                signs.Add($"{phrase}, more than {Amount(bound, unit)}");
            }
        }
    }

    private static string Amount(double value, string unit) =>
        unit == "share" ? string.Create(CultureInfo.InvariantCulture, $"{100 * value:0.#} %") : string.Create(CultureInfo.InvariantCulture, $"{value:0.##} {unit}");

    private static IEnumerable<double> Values(IEnumerable<Sample> samples, string source, string metric) =>
        samples.Where(sample => sample.Source == source && sample.Metric == metric).Select(sample => sample.Value);

    private static double P95(IEnumerable<double> values) => Percentile.Of(values, 0.95);

    private static double Mean(IEnumerable<double> values) => values.DefaultIfEmpty(double.NaN).Average();
}
