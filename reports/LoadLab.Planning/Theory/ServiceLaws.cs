using LoadLab.Fleet;

namespace LoadLab.Planning.Theory;

/// <summary>True times of a batch by the laws of the oracles, in seconds.</summary>
public static class ServiceLaws
{
    public static TrueTime Fixed(double seconds) => (_, _, _) => seconds;

    public static TrueTime Exponential(double mean) => (_, _, draws) => mean * draws.NextExponential();

    public static TrueTime Uniform(double from, double to) => (_, _, draws) => from + ((to - from) * draws.NextDouble());

    public static TrueTime Erlang2(double mean) => (_, _, draws) => mean / 2 * (draws.NextExponential() + draws.NextExponential());

    /// <summary>Two exponentials of equal weight in the mean (balanced), of the given squared coefficient of variation, above 1.</summary>
    public static TrueTime Hyperexponential(double mean, double variation)
    {
        var first = (1 + Math.Sqrt((variation - 1) / (variation + 1))) / 2;
        return (_, _, draws) => mean / 2 / (draws.NextDouble() < first ? first : 1 - first) * draws.NextExponential();
    }

    public static TrueTime Either(double one, double share, double other) => (_, _, draws) => draws.NextDouble() < share ? one : other;

    /// <summary>A batch of m takes tau + alpha m.</summary>
    public static TrueTime Linear(double fixedS, double slopeS) => (_, batch, _) => fixedS + (slopeS * batch);
}
