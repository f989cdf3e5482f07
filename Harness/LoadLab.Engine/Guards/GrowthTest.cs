namespace LoadLab.Engine.Guards;

/// <summary>
/// Whether a level that was read at equal steps grows, or only wanders: the one-sided p-value of its mean step being above zero.
/// The level itself is a poor witness: the backlog of a busy service wanders like a random walk, so that a line fitted through it slopes significantly by chance more often than not.
/// Its steps are nearly independent; the mean of all of them (last level minus first) over their standard error is Student's t with <see cref="Steps"/> - 1 degrees of freedom.
/// The error is never taken below the one that allows for correlated steps (Newey and West, Econometrica 55 (1987) 703, Bartlett weights over <see cref="Lags"/> lags).
/// </summary>
internal static class GrowthTest
{
    public const int Steps = 24;
    private const int Lags = 3;

    /// <param name="levels"><see cref="Steps"/> + 1 of them.</param>
    /// <param name="events">That made up the steps, ups and downs together: a step's variance is not taken below that of so many Poisson events, which few steps of small counts can miss by chance.</param>
    /// <returns>The chance of steps like these, or with a larger mean, where the true mean is zero.</returns>
    public static double Chance(ReadOnlySpan<double> levels, double events)
    {
        Span<double> deviations = stackalloc double[Steps];
        var mean = (levels[Steps] - levels[0]) / Steps;
        for (var i = 0; i < Steps; i++)
        {
            deviations[i] = levels[i + 1] - levels[i] - mean;
        }

        var variance = Math.Max(events / Steps, Math.Max(Covariance(deviations, 0), LongRunVariance(deviations)));
        return variance > 0 ? StudentTail(mean * Math.Sqrt(Steps / variance))
            : mean > 0 ? 0
            : 1;
    }

    private static double LongRunVariance(ReadOnlySpan<double> deviations)
    {
        var sum = Covariance(deviations, 0);
        for (var lag = 1; lag <= Lags; lag++)
        {
            sum += 2 * (1 - (lag / (Lags + 1.0))) * Covariance(deviations, lag);
        }

        return sum;
    }

    private static double Covariance(ReadOnlySpan<double> deviations, int lag)
    {
        var sum = 0.0;
        for (var i = lag; i < deviations.Length; i++)
        {
            sum += deviations[i] * deviations[i - lag];
        }

        return sum / (deviations.Length - 1);
    }

    /// <summary>P(T > t) of Student's distribution with an odd number of degrees of freedom: Abramowitz and Stegun 26.7.3.</summary>
    internal static double StudentTail(double t)
    {
        const int Freedom = Steps - 1;
        var angle = Math.Atan(t / Math.Sqrt(Freedom));
        var cosine = Math.Cos(angle);
        var term = cosine;
        var sum = term;
        for (var k = 3; k <= Freedom - 2; k += 2)
        {
            term *= cosine * cosine * (k - 1) / k;
            sum += term;
        }

        return 0.5 - ((angle + (Math.Sin(angle) * sum)) / Math.PI);
    }
}
