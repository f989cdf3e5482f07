namespace LoadLab.Reports;

/// <summary>Long series in bounded size.</summary>
internal static class Thinning
{
    /// <summary>A series with more points than this is thinned.</summary>
    public const int MostPoints = 1500;

    /// <summary>
    /// Indices to draw of a line, at most about <see cref="MostPoints"/>: of each run of neighbours the lowest and the highest stay, so no peak is lost, and both ends.
    /// A run without any drawable value keeps one index, which breaks the line.
    /// </summary>
    public static IEnumerable<int> OfLine(IReadOnlyList<double> ys)
    {
        var stride = ys.Count <= MostPoints ? 1 : (int)Math.Ceiling(2.0 * ys.Count / MostPoints);
        for (var start = 0; start < ys.Count; start += stride)
        {
            var end = Math.Min(ys.Count, start + stride);
            var (low, high) = Extremes(ys, start, end);
            if (start == 0 && Math.Min(low, high) > 0)
            {
                yield return 0;
            }

            yield return Math.Min(low, high);
            if (low != high)
            {
                yield return Math.Max(low, high);
            }

            if (end == ys.Count && Math.Max(low, high) < end - 1)
            {
                yield return end - 1;
            }
        }
    }

    private static (int Low, int High) Extremes(IReadOnlyList<double> ys, int start, int end)
    {
        var (low, high) = (-1, -1);
        for (var i = start; i < end; i++)
        {
            if (Scale.IsDrawn(ys[i]))
            {
                low = low < 0 || ys[i] < ys[low] ? i : low;
                high = high < 0 || ys[i] > ys[high] ? i : high;
            }
        }

        return low < 0 ? (start, start) : (low, high);
    }
}
