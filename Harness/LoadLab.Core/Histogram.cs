using System.Numerics;

namespace LoadLab.Core;

/// <summary>
/// Counts of durations in buckets whose width is at most 1/1024 of their value, so that percentiles of any number of them are at most 0.1 % too high, never too low.
/// Count, sum and longest are exact; two of them add up to the same as one that got both's durations, in any order. Memory: 8 KB for each doubling of the durations
/// that occurs, 442 KB at most. Negative durations count as zero. One thread at a time adds.
/// </summary>
public sealed class Histogram
{
    private const int SubBits = 10;
    private const int Exact = 1 << SubBits;
    private const int Pages = 64 - SubBits;
    private readonly long[]?[] _pages = new long[]?[Pages];

    /// <summary>Durations added.</summary>
    public long Count { get; private set; }

    /// <summary>Of all added, in nanoseconds, exactly.</summary>
    public Int128 SumNanoseconds { get; private set; }

    /// <summary>The longest, exactly; zero when empty.</summary>
    public Duration Max { get; private set; }

    /// <summary>The mean in seconds; NaN when empty.</summary>
    public double MeanSeconds => Count == 0 ? double.NaN : (double)SumNanoseconds / Count / 1e9;

    /// <summary>The buckets that hold something, ascending: the longest duration that falls into each, and how many did.</summary>
    public IEnumerable<(Duration UpTo, long Count)> Buckets
    {
        get
        {
            for (var page = 0; page < Pages; page++)
            {
                for (var i = 0; _pages[page] is { } counts && i < Exact; i++)
                {
                    if (counts[i] > 0)
                    {
                        yield return (new Duration(UpperEnd((page * Exact) + i)), counts[i]);
                    }
                }
            }
        }
    }

    public void Add(Duration value)
    {
        var nanoseconds = Math.Max(0, value.Nanoseconds);
        var bucket = Bucket(nanoseconds);
        (_pages[bucket >> SubBits] ??= new long[Exact])[bucket & (Exact - 1)]++;
        Count++;
        SumNanoseconds += nanoseconds;
        Max = nanoseconds > Max.Nanoseconds ? new Duration(nanoseconds) : Max;
    }

    /// <summary>Adds everything that <paramref name="other"/> was given.</summary>
    public void Merge(Histogram other)
    {
        for (var page = 0; page < Pages; page++)
        {
            if (other._pages[page] is not { } theirs)
            {
                continue;
            }

            var ours = _pages[page] ??= new long[Exact];
            for (var i = 0; i < Exact; i++)
            {
                ours[i] += theirs[i];
            }
        }

        Count += other.Count;
        SumNanoseconds += other.SumNanoseconds;
        Max = other.Max > Max ? other.Max : Max;
    }

    /// <summary>
    /// By nearest rank, as <see cref="Percentile"/>; the upper end of the bucket. Null when empty. Another thread may ask while one adds: it then sees some additions and not others.
    /// </summary>
    /// <param name="share">In (0, 1].</param>
    public Duration? At(double share)
    {
        if (Count == 0)
        {
            return null;
        }

        var rank = Math.Clamp((long)Math.Ceiling((share * Count) - 1e-9), 1, Count);
        var seen = 0L;
        foreach (var (upTo, count) in Buckets)
        {
            seen += count;
            if (seen >= rank)
            {
                return upTo < Max ? upTo : Max;
            }
        }

        return Max;
    }

    private static int Bucket(long value)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)value) - SubBits);
        return (shift * Exact) + (int)(value >> shift);
    }

    private static long UpperEnd(int bucket)
    {
        if (bucket < 2 * Exact)
        {
            return bucket;
        }

        var shift = (bucket / Exact) - 1;
        return (((bucket - (shift * Exact)) + 1L) << shift) - 1;
    }
}
