using LoadLab.Core;

namespace LoadLab.Workload;

/// <summary>Flash crowds at the same times each day, of a height that chance gives: a straight rise, a plateau, and an exponential decay.</summary>
/// <param name="SecondsOfDay">Where each rise starts.</param>
/// <param name="Heights">Mean height of the crowd at each of the times, relative to the rates of the day.</param>
/// <param name="Sigma">Standard deviation of the logarithm of a height.</param>
/// <param name="RiseSeconds">Of the rise.</param>
/// <param name="HoldSeconds">At the full height.</param>
/// <param name="HalfLifeSeconds">In which the height halves after that.</param>
public sealed record DailyCrowds(IReadOnlyList<double> SecondsOfDay, IReadOnlyList<double> Heights, double Sigma, double RiseSeconds, double HoldSeconds, double HalfLifeSeconds)
{
    private const double HalfLives = 20;

    /// <summary>Mean relative rate that the crowds add over a day.</summary>
    public double Mean => Heights.Sum() * ((RiseSeconds / 2) + HoldSeconds + (HalfLifeSeconds / Math.Log(2))) / Cycle.Day;

    /// <summary>The relative rate of all crowds at the start of each step, and one more.</summary>
    /// <param name="fromSecondOfDay">Time of day of the first step.</param>
    /// <param name="steps">How many.</param>
    /// <param name="stepSeconds">Length of a step.</param>
    /// <param name="chance">One draw a crowd, from the day before the first step on.</param>
    internal double[] Draw(double fromSecondOfDay, int steps, double stepSeconds, RandomStream chance)
    {
        var path = new double[steps + 1];
        for (var midnight = -Cycle.Day - fromSecondOfDay; midnight < steps * stepSeconds; midnight += Cycle.Day)
        {
            for (var i = 0; i < SecondsOfDay.Count; i++)
            {
                Add(path, stepSeconds, midnight + SecondsOfDay[i], Heights[i] * Math.Exp((Sigma * chance.NextNormal()) - (Sigma * Sigma / 2)));
            }
        }

        return path;
    }

    private void Add(double[] path, double stepSeconds, double at, double height)
    {
        var end = at + RiseSeconds + HoldSeconds + (HalfLives * HalfLifeSeconds);
        for (var i = (int)Math.Max(0, Math.Ceiling(at / stepSeconds)); i < path.Length && i * stepSeconds < end; i++)
        {
            path[i] += height * At((i * stepSeconds) - at);
        }
    }

    private double At(double since) => since < RiseSeconds ? since / RiseSeconds
        : since < RiseSeconds + HoldSeconds ? 1
        : Math.Pow(2, -(since - RiseSeconds - HoldSeconds) / HalfLifeSeconds);
}
