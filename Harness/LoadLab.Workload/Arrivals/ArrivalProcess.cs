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

    /// <summary>
    /// Independent calls, of which a share are the first ones of clumps and those that follow them: the number of calls in a clump is geometric, their gaps exponential. Gaps
    /// alone cannot say this: counts in long windows have a Fano factor of 1 + 2 share (size - 1), whatever the CV of the gaps. It starts in equilibrium: clumps that began
    /// before instant zero go on, so that the expected number of calls is the curve's integral.
    /// </summary>
    /// <param name="Share">Of the calls, those in clumps; from 0 to 1.</param>
    /// <param name="Size">Mean calls of a clump, at least 1.</param>
    /// <param name="Spacing">Mean gap inside a clump, in expected counts of the whole load.</param>
    public sealed record Clumps(double Share, double Size, double Spacing) : ArrivalProcess
    {
        private const double WarmUpClumps = 20;

        public override IEnumerable<double> Counts(RandomStream stream)
        {
            var start = -WarmUpClumps * Size * Spacing;
            var followers = new PriorityQueue<double, double>();
            var single = start + Gap(stream, 1 - Share);
            var clump = start + Gap(stream, Share / Size);
            while (true)
            {
                var follower = followers.TryPeek(out _, out var due) ? due : double.PositiveInfinity;
                var count = Math.Min(follower, Math.Min(single, clump));
                if (count >= 0)
                {
                    yield return count;
                }

                if (count == single)
                {
                    single += Gap(stream, 1 - Share);
                    continue;
                }

                if (count == follower)
                {
                    followers.Dequeue();
                }
                else
                {
                    clump += Gap(stream, Share / Size);
                }

                // Each call of a clump is followed by another with the chance that gives the mean size.
                if (stream.NextDouble() < 1 - (1 / Size))
                {
                    var next = count + (Spacing * stream.NextExponential());
                    followers.Enqueue(next, next);
                }
            }
        }

        private static double Gap(RandomStream stream, double rate) => rate > 0 ? stream.NextExponential() / rate : double.PositiveInfinity;
    }

    /// <summary>Reads <c>process: poisson | even | gamma: { shape } | clumps: { share, size, spacing }</c>; null when absent.</summary>
    internal static ArrivalProcess? Bind(Section workload) => workload.Find("process") switch
    {
        null => null,
        MappingNode => BindMapping(workload.Child("process")!),
        ScalarNode { Text: "poisson" } => new Poisson(),
        ScalarNode { Text: "even" } => new Even(),
        var other => Unknown(workload, other),
    };

    private static ArrivalProcess BindMapping(Section process)
    {
        var gamma = process.Child("gamma");
        var clumps = process.Child("clumps");
        if ((gamma is null) == (clumps is null))
        {
            process.Problems.Add(process.Node, process.PathOf("gamma"), null, gamma is null ? "is missing" : "stands beside clumps", "write gamma: { shape: 0.4 } or clumps: { share: 0.4, size: 10, spacing: 0.2 }");
        }

        ArrivalProcess bound = clumps is null ? BindGamma(gamma) : BindClumps(clumps);
        process.Close();
        return bound;
    }

    private static Gamma BindGamma(Section? gamma)
    {
        gamma?.Require("shape", "a number, for example 0.4");
        var shape = gamma?.Number("shape", 1, 0.01, 1000, "0.4") ?? 1;
        gamma?.Close();
        return new Gamma(shape);
    }

    private static Clumps BindClumps(Section clumps)
    {
        clumps.Require("share", "the share of the calls that come in clumps, for example 0.4");
        clumps.Require("size", "mean calls of a clump, for example 10");
        var bound = new Clumps(clumps.Number("share", 0, 0, 1, "0.4"), clumps.Number("size", 1, 1, 1000, "10"), clumps.Number("spacing", 0.2, 0, 10, "0.2"));
        clumps.Close();
        return bound;
    }

    private static Poisson Unknown(Section workload, Node node)
    {
        workload.Problems.Add(node, workload.PathOf("process"), (node as ScalarNode)?.Text, "is not known", "write poisson, even, gamma: { shape: 0.4 } or clumps: { share: 0.4, size: 10, spacing: 0.2 }");
        return new Poisson();
    }
}
