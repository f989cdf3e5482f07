using System.Globalization;
using System.Text;

namespace LoadLab.Model.Probe;

/// <summary>The raw figures of a probe as CSV: every pair, and the medians of every minute of the steady state.</summary>
public static class ProbeFiles
{
    public const string PairsName = "pairs.csv";
    public const string MinutesName = "minutes.csv";

    /// <summary>Writes both files into a folder that exists; each appears whole or not at all.</summary>
    public static void Write(string folder, IReadOnlyList<ProbePair> pairs)
    {
        Write(Path.Combine(folder, PairsName), ["phase,clip,step,kernel_first,at_s,step_ns,kernel_ns,managed_bytes", .. pairs.Select(Row)]);
        Write(Path.Combine(folder, MinutesName), ["minute,pairs,ratio_p50,step_s_p50,kernel_s_p50", .. Minutes(pairs)]);
    }

    internal static IEnumerable<string> Minutes(IReadOnlyList<ProbePair> pairs) => pairs
        .Where(pair => pair.Phase == PairPhase.Steady)
        .GroupBy(pair => (int)(pair.AtSeconds / 60))
        .Select(minute => string.Create(
            CultureInfo.InvariantCulture,
            $"{minute.Key},{minute.Count()},{Order.Median(minute.Select(pair => pair.Ratio)):0.000000},{Order.Median(minute.Select(pair => pair.StepNanoseconds / 1e9)):0.000000000},{Order.Median(minute.Select(pair => pair.KernelNanoseconds / 1e9)):0.000000000}"));

    private static string Row(ProbePair pair) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Word(pair.Phase)},{pair.Clip},{pair.Step},{(pair.KernelFirst ? 1 : 0)},{pair.AtSeconds:0.000000},{pair.StepNanoseconds},{pair.KernelNanoseconds},{pair.ManagedBytes}");

    private static string Word(PairPhase phase) => phase switch
    {
        PairPhase.WarmUp => "warm-up",
        PairPhase.Opening => "opening",
        _ => "steady",
    };

    private static void Write(string path, IEnumerable<string> lines)
    {
        File.WriteAllText(path + ".tmp", string.Join('\n', lines) + "\n", new UTF8Encoding(false));
        File.Move(path + ".tmp", path, overwrite: true);
    }
}
