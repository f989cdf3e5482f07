using LoadLab.Core.Runs;

namespace LoadLab.Core.Tests;

public class HistogramsFileTests
{
    [Fact]
    public void File_counts_every_completed_call_by_tier_and_two_files_add_up_to_that_of_both_runs()
    {
        var (first, second, both) = (new CallTally(), new CallTally(), new CallTally());
        var draws = new Seed(9).Stream("times");
        for (var i = 0; i < 2000; i++)
        {
            var latency = Duration.FromSeconds(draws.NextExponential() * 20);
            var times = new CallTimes(latency, latency * 0.25, latency * 0.75, null);
            var (tier, outcome) = (i % 3 == 0 ? "v,ip" : "free", i % 10 == 0 ? Outcome.Rejected : Outcome.Completed);
            (i % 2 == 0 ? first : second).Add(tier, outcome, times);
            both.Add(tier, outcome, times);
        }

        var sum = Rows(first).Concat(Rows(second)).GroupBy(row => row.Key).Select(group => (group.Key, Count: group.Sum(row => row.Count))).OrderBy(row => row.Key, StringComparer.Ordinal).ToList();
        Assert.Equal(sum, Rows(both).OrderBy(row => row.Key, StringComparer.Ordinal));
        Assert.Equal(3 * 1800, sum.Sum(row => row.Count));
    }

    private static List<(string Key, long Count)> Rows(CallTally tally)
    {
        var path = Path.GetTempFileName();
        try
        {
            HistogramsFile.Write(path, tally);
            var lines = File.ReadAllLines(path);
            Assert.Equal("tier,time,up_to_s,count", lines[0]);
            return [.. lines.Skip(1).Select(line => Csv.Split(line)!).Select(fields => (string.Join('|', fields.Take(3)), long.Parse(fields[3], provider: null)))];
        }
        finally
        {
            File.Delete(path);
        }
    }
}
