namespace LoadLab.Model.Cost;

/// <summary>The largest of several moments.</summary>
internal static class Peak
{
    public static long Of(params ReadOnlySpan<long> moments)
    {
        var peak = 0L;
        foreach (var moment in moments)
        {
            peak = Math.Max(peak, moment);
        }

        return peak;
    }
}
