using LoadLab.Core.Runs;

namespace LoadLab.Planning;

/// <summary>
/// Whether calls were sent later and later: the line through the means of blocks of calls, one after another. An engine that falls behind by a little each minute passes its gate in a short
/// run and fails it in a long one.
/// </summary>
/// <param name="GainMs">Rise of the line over the run.</param>
/// <param name="HalfWidthMs">Of its 95 % interval. Lateness of one moment is like that of the next, so blocks count for fewer, by the correlation r of neighbours:
/// n (1 - r) / (1 + r) (Santer et al., J. Geophys. Res. 105 (2000) 7337).</param>
/// <param name="Blocks">Behind the line.</param>
public sealed record LatenessDrift(double GainMs, double HalfWidthMs, int Blocks)
{
    private const int FewestBlocks = 8;
    private const int MostBlocks = 50;
    private const int CallsOfABlock = 10;

    /// <summary>Null when too few calls were sent to tell.</summary>
    public static LatenessDrift? Of(IEnumerable<CallRecord> calls)
    {
        var sent = calls.Where(call => call.Lateness is not null).OrderBy(call => call.Intended).ThenBy(call => call.Call).ToList();
        var blocks = Math.Min(MostBlocks, sent.Count / CallsOfABlock);
        if (blocks < FewestBlocks || sent[^1].Intended <= sent[0].Intended)
        {
            return null;
        }

        var times = new double[blocks];
        var late = new double[blocks];
        for (var block = 0; block < blocks; block++)
        {
            var from = (int)((long)block * sent.Count / blocks);
            var to = (int)((block + 1L) * sent.Count / blocks);
            times[block] = sent[from..to].Average(call => call.Intended.Seconds);
            late[block] = sent[from..to].Average(call => call.Lateness!.Value.Milliseconds);
        }

        return Line(times, late, (sent[^1].Intended - sent[0].Intended).Seconds);
    }

    private static LatenessDrift? Line(double[] times, double[] late, double span)
    {
        var (middle, mean) = (times.Average(), late.Average());
        var spread = times.Sum(time => (time - middle) * (time - middle));
        if (spread == 0)
        {
            return null;
        }

        var slope = times.Zip(late, (time, value) => (time - middle) * (value - mean)).Sum() / spread;
        var rests = times.Zip(late, (time, value) => value - mean - (slope * (time - middle))).ToArray();
        var squares = Product(rests, 0);
        var correlation = squares > 0 ? Math.Clamp(Product(rests, 1) / squares, 0, 0.9) : 0;
        var freedom = Math.Max(1, (rests.Length * (1 - correlation) / (1 + correlation)) - 2);
        var error = Math.Sqrt(squares / freedom / spread);
        return new LatenessDrift(slope * span, StudentT.Factor(freedom) * error * span, rests.Length);
    }

    private static double Product(double[] values, int lag) => Enumerable.Range(lag, values.Length - lag).Sum(i => values[i] * values[i - lag]);
}
