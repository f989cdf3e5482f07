namespace LoadLab.Fleet;

/// <summary>How wrong a mean is, told by times that it was not made from.</summary>
internal static class HeldOut
{
    /// <summary>
    /// With several runs: each run's mean against the mean of the other runs, relative, averaged over the runs. With one run: the jackknife's standard error of
    /// the mean, from leaving out one time after the other, relative. Null for a single time.
    /// </summary>
    public static double? Error(IReadOnlyList<(int Run, double Seconds)> times)
    {
        var runs = times.GroupBy(time => time.Run).Select(group => (Count: group.Count(), Sum: group.Sum(time => time.Seconds))).ToList();
        var sum = times.Sum(time => time.Seconds);
        if (runs.Count > 1)
        {
            return runs.Average(run => Relative(run.Sum / run.Count, (sum - run.Sum) / (times.Count - run.Count)));
        }

        if (times.Count < 2)
        {
            return null;
        }

        var n = times.Count;
        var mean = sum / n;
        var squares = times.Sum(time => Math.Pow(((sum - time.Seconds) / (n - 1)) - mean, 2));
        return Math.Sqrt(squares * (n - 1) / n) / mean;
    }

    private static double Relative(double held, double predicted) => Math.Abs(predicted - held) / held;
}
