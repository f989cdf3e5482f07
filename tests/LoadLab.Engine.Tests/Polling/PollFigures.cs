using LoadLab.Core;

namespace LoadLab.Engine.Tests.Polling;

/// <summary>Counts polls and the censoring of the ends they found, in memory that does not grow.</summary>
internal sealed class PollFigures
{
    private const double Step = 1e-4;
    private static readonly Duration s_window = Duration.FromSeconds(10);
    private readonly Queue<Instant> _recent = new();
    private readonly int[] _ofTruth = new int[40_000];
    private readonly int[] _ofReported = new int[40_000];

    public long Polls { get; private set; }

    public int Ends { get; private set; }

    /// <summary>Most polls in any ten seconds.</summary>
    public int Peak { get; private set; }

    /// <summary>Ends that did not lie in the interval told.</summary>
    public int Outside { get; private set; }

    public Duration LongestWait { get; private set; }

    public void Asked(Instant at, Instant before)
    {
        Polls++;
        LongestWait = at - before > LongestWait ? at - before : LongestWait;
        _recent.Enqueue(at);
        while (at - _recent.Peek() >= s_window)
        {
            _recent.Dequeue();
        }

        Peak = Math.Max(Peak, _recent.Count);
    }

    public void Found(Instant sent, Instant pending, Instant ended, Instant found)
    {
        Ends++;
        var width = (found - pending).Seconds;
        _ofTruth[Math.Min(_ofTruth.Length - 1, (int)(width / (ended - sent).Seconds / Step))]++;
        _ofReported[Math.Min(_ofReported.Length - 1, (int)(width / (found - sent).Seconds / Step))]++;
        Outside += pending < ended && ended <= found ? 0 : 1;
    }

    /// <summary>Width of the interval over the true latency, rounded up to a hundredth of a percent.</summary>
    public double Censoring(double share) => Quantile(_ofTruth, share);

    /// <summary>Width of the interval over the latency reported, which counts to the poll that found the end.</summary>
    public double CensoringOfReported(double share) => Quantile(_ofReported, share);

    public double ShareWithin(double censoring) => _ofTruth.Take((int)Math.Round(censoring / Step)).Sum() / (double)Ends;

    private static double Quantile(int[] counts, double share)
    {
        var left = (long)Math.Ceiling(counts.Sum(count => (long)count) * share);
        var bin = 0;
        while (bin < counts.Length - 1 && (left -= counts[bin]) > 0)
        {
            bin++;
        }

        return (bin + 1) * Step;
    }
}
