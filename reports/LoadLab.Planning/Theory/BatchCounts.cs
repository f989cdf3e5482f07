namespace LoadLab.Planning.Theory;

/// <summary>What one run tells of one measure, batch by batch; told calls in any order, each of its batch.</summary>
internal abstract class BatchCounts
{
    public static BatchCounts Of(Measure measure, int batches) => measure switch
    {
        Measure.Ratio ratio => new RatioCounts(ratio, batches),
        Measure.WaitPercentile percentile => new PercentileCounts(percentile, batches),
        _ => throw new ArgumentException($"{measure} is not measured", nameof(measure)),
    };

    public abstract void Add(int batch, in PlayedCall call);

    /// <param name="runs">The counts of every run, this one's among them, in their order.</param>
    public abstract Estimate Estimate(IReadOnlyList<BatchCounts> runs);
}

/// <summary>A ratio of sums, by the linearised ratio of batch sums.</summary>
internal sealed class RatioCounts(Measure.Ratio measure, int batches) : BatchCounts
{
    private readonly double[] _over = new double[batches];
    private readonly double[] _under = new double[batches];

    public override void Add(int batch, in PlayedCall call)
    {
        _over[batch] += measure.Over(call);
        _under[batch] += measure.Under(call);
    }

    public override Estimate Estimate(IReadOnlyList<BatchCounts> runs)
    {
        double[] over = [.. runs.Cast<RatioCounts>().SelectMany(run => run._over)];
        double[] under = [.. runs.Cast<RatioCounts>().SelectMany(run => run._under)];
        var value = over.Sum() / under.Sum();
        var influence = RatioInterval.Influence(over, under, 1);
        var half = Theory.Estimate.FactorOf(influence.Length) * RatioInterval.StandardErrorOf(influence);
        return new Estimate(value, value - half, value + half, influence.Length, Theory.Estimate.LagOf(influence, batches));
    }
}

/// <summary>
/// A percentile, by inverting the intervals of exceedance: a wait lies in the interval when the share of calls that pass it may be, by batch means, what the
/// percentile says. Needs no density and no percentile of a single batch, which would be biased.
/// </summary>
internal sealed class PercentileCounts : BatchCounts
{
    /// <summary>Bins of a thousandth of the expected value, up to three times it.</summary>
    private const int Bins = 3000;

    private readonly Measure.WaitPercentile _measure;
    private readonly int[][] _counts;

    public PercentileCounts(Measure.WaitPercentile measure, int batches)
    {
        _measure = measure;
        _counts = [.. Enumerable.Range(0, batches).Select(_ => new int[Bins + 1])];
    }

    private double BinS => _measure.ExpectedS / 1000;

    public override void Add(int batch, in PlayedCall call) => _counts[batch][(int)Math.Min(Bins, call.Wait.Seconds / BinS)]++;

    public override Estimate Estimate(IReadOnlyList<BatchCounts> runs)
    {
        var batches = runs.Cast<PercentileCounts>().SelectMany(run => run._counts).ToArray();
        var sizes = batches.Select(bins => (double)bins.Sum()).ToArray();
        var left = (double[])sizes.Clone();
        var factor = Theory.Estimate.FactorOf(batches.Length);
        var (value, low, high, lag) = (double.NaN, double.NaN, double.NaN, 0.0);
        for (var edge = 1; edge <= Bins; edge++)
        {
            for (var i = 0; i < batches.Length; i++)
            {
                left[i] -= batches[i][edge - 1];
            }

            var share = left.Sum() / sizes.Sum();
            var influence = RatioInterval.Influence(left, sizes, 1);
            var half = factor * RatioInterval.StandardErrorOf(influence);
            if (Math.Abs(share - (1 - _measure.Share)) <= half)
            {
                low = double.IsNaN(low) ? edge * BinS : low;
                high = edge * BinS;
            }

            if (double.IsNaN(value) && share <= 1 - _measure.Share)
            {
                (value, lag) = (edge * BinS, Theory.Estimate.LagOf(influence, _counts.Length));
            }
        }

        return new Estimate(value, low - BinS, high + BinS, batches.Length, lag);
    }
}
