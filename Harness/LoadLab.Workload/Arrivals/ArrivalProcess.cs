using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>
/// How calls are placed on a rate curve: at which expected counts. A count is turned into a time by the inverse of the curve's integral, so that any process follows any curve.
/// </summary>
public abstract record ArrivalProcess
{
    private ArrivalProcess()
    {
    }

    /// <summary>Ascending expected counts, without end.</summary>
    public abstract IEnumerable<double> Counts(RandomStream stream);

    /// <summary>Independent calls: gaps of expected count are exponential with mean 1.</summary>
    public sealed record Poisson : ArrivalProcess
    {
        public override IEnumerable<double> Counts(RandomStream stream)
        {
            for (var count = stream.NextExponential(); ; count += stream.NextExponential())
            {
                yield return count;
            }
        }
    }

    /// <summary>Exact even spacing: call i (from 0) stands at the expected count i + 0.5, so that a curve of total n has n calls, rounded to the nearest.</summary>
    public sealed record Even : ArrivalProcess
    {
        public override IEnumerable<double> Counts(RandomStream stream)
        {
            for (var i = 0L; ; i++)
            {
                yield return i + 0.5;
            }
        }
    }

    /// <summary>
    /// Gaps are gamma distributed with mean 1 and coefficient of variation 1 / sqrt(shape): below 1 burstier than Poisson, above 1 smoother. The first gap is drawn from the
    /// equilibrium distribution (a uniform share of a length-biased gap, Gamma(shape + 1) / shape), so that the expected number of calls is the curve's integral exactly.
    /// </summary>
    public sealed record Gamma(double Shape) : ArrivalProcess
    {
        public override IEnumerable<double> Counts(RandomStream stream)
        {
            for (var count = stream.NextPositive() * stream.NextGamma(Shape + 1) / Shape; ; count += stream.NextGamma(Shape) / Shape)
            {
                yield return count;
            }
        }
    }

    /// <summary>Reads <c>process: poisson | even | gamma: { shape }</c>; null when absent.</summary>
    internal static ArrivalProcess? Bind(Section workload) => workload.Find("process") switch
    {
        null => null,
        MappingNode => BindMapping(workload.Child("process")!),
        ScalarNode { Text: "poisson" } => new Poisson(),
        ScalarNode { Text: "even" } => new Even(),
        var other => Unknown(workload, other),
    };

    private static Gamma BindMapping(Section process)
    {
        var shape = 1.0;
        process.Require("gamma", "{ shape: 0.4 }");
        if (process.Child("gamma") is { } gamma)
        {
            gamma.Require("shape", "a number, for example 0.4");
            shape = gamma.Number("shape", 1, 0.01, 1000, "0.4");
            gamma.Close();
        }

        process.Close();
        return new Gamma(shape);
    }

    private static Poisson Unknown(Section workload, Node node)
    {
        workload.Problems.Add(node, workload.PathOf("process"), (node as ScalarNode)?.Text, "is not known", "write poisson, even or gamma: { shape: 0.4 }");
        return new Poisson();
    }
}
