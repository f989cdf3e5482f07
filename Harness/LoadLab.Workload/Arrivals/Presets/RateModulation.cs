using LoadLab.Core;

namespace LoadLab.Workload;

/// <summary>A slow random factor on a rate: the exponential of a first-order autoregression, with mean 1.</summary>
/// <param name="Sigma">Standard deviation of the logarithm.</param>
/// <param name="CorrelationSeconds">Time over which the autocorrelation of the logarithm falls to 1/e.</param>
public sealed record RateModulation(double Sigma, double CorrelationSeconds)
{
    /// <summary>Multiplies a path by the factor at steps of one length; it starts in equilibrium.</summary>
    internal void Apply(double[] path, double stepSeconds, RandomStream chance)
    {
        var kept = Math.Exp(-stepSeconds / CorrelationSeconds);
        var fresh = Sigma * Math.Sqrt(1 - (kept * kept));
        var x = Sigma * chance.NextNormal();
        for (var i = 0; i < path.Length; i++)
        {
            path[i] *= Math.Exp(x - (Sigma * Sigma / 2));
            x = (kept * x) + (fresh * chance.NextNormal());
        }
    }
}
