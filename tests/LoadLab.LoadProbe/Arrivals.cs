using LoadLab.Core;

namespace LoadLab.LoadProbe;

/// <summary>How evenly requests reached a service: the same measure for every load generator, taken outside all of them.</summary>
/// <param name="GapCv">Standard deviation of the gaps over their mean; 0 for even spacing.</param>
/// <param name="ErrorP50Ms">Distance of an arrival from its place on the even grid of that rate which fits best.</param>
internal sealed record ArrivalStatistics(int Count, double GapCv, double ErrorP50Ms, double ErrorP99Ms)
{
    public static ArrivalStatistics Of(IReadOnlyList<long> arrivalsNs, double perSecond)
    {
        var times = arrivalsNs.Order().Select(ns => ns / 1e6).ToList();
        if (times.Count < 3)
        {
            return new ArrivalStatistics(times.Count, double.NaN, double.NaN, double.NaN);
        }

        var gaps = times.Zip(times.Skip(1), (a, b) => b - a).ToList();
        var mean = gaps.Average();
        var cv = Math.Sqrt(gaps.Average(gap => (gap - mean) * (gap - mean))) / mean;

        // The phase that makes the sum of distances least is the median of the single phases.
        var phases = times.Select((time, i) => time - (i * 1e3 / perSecond)).ToList();
        var phase = Percentile.Of(phases, 0.5);
        var errors = phases.Select(each => Math.Abs(each - phase)).Order().ToList();
        return new ArrivalStatistics(times.Count, cv, Percentile.OfSorted(errors, 0.5), Percentile.OfSorted(errors, 0.99));
    }
}
