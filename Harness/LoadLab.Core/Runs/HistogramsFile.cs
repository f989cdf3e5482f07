using System.Text;

namespace LoadLab.Core.Runs;

/// <summary>
/// histograms.csv: latency, wait and service time of the completed calls of a run without rows, by tier. Columns <c>tier,time,up_to_s,count</c>: so many calls took at most
/// up_to_s and more than the row before says. The counts of several runs add up row by row to those of all their calls.
/// </summary>
public static class HistogramsFile
{
    public const string Name = "histograms.csv";

    public static void Write(string path, CallTally tally)
    {
        using var writer = new StreamWriter(path, append: false, new UTF8Encoding(false));
        writer.Write(Csv.Line("tier", "time", "up_to_s", "count"));
        foreach (var tier in tally.Tiers.Values)
        {
            foreach (var (name, histogram) in new[] { ("latency", tier.Latency), ("wait", tier.Wait), ("service", tier.Service) })
            {
                foreach (var (upTo, count) in histogram.Buckets)
                {
                    writer.Write(Csv.Line(tier.Name, name, upTo.ToString(), Csv.Text(count)));
                }
            }
        }
    }
}
