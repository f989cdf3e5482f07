using System.Numerics;

namespace LoadLab.Planning;

/// <summary>Divides money so that the parts add up to the whole to its last digit (largest remainder; equal remainders go to the earlier part).</summary>
public static class ExactSplit
{
    /// <summary>Decimals of a nano-dollar.</summary>
    public const int Nano = 9;

    /// <summary>Decimals of a cent.</summary>
    public const int Cent = 2;

    /// <param name="total">Not negative; digits past <paramref name="decimals"/> are rounded half up first.</param>
    /// <param name="weights">Not negative; their sum is positive unless the total is 0.</param>
    /// <param name="decimals">Digits after the point of each part.</param>
    public static decimal[] Of(decimal total, IReadOnlyList<long> weights, int decimals)
    {
        if (total < 0 || weights.Any(weight => weight < 0))
        {
            throw new ArgumentOutOfRangeException(nameof(weights), "neither the total nor a weight may be negative");
        }

        var unit = Unit(decimals);
        var units = new BigInteger(Round(total, decimals) / unit);
        var sum = weights.Aggregate(BigInteger.Zero, (all, weight) => all + weight);
        if (sum.IsZero)
        {
            return units.IsZero ? new decimal[weights.Count] : throw new ArgumentException("money cannot be divided by weights that are all 0", nameof(weights));
        }

        var parts = weights.Select(weight => BigInteger.DivRem(units * weight, sum)).ToArray();
        var left = (int)(units - parts.Aggregate(BigInteger.Zero, (all, part) => all + part.Quotient));
        var raised = Enumerable.Range(0, parts.Length).OrderByDescending(i => parts[i].Remainder).ThenBy(i => i).Take(left).ToHashSet();
        return [.. parts.Select((part, i) => (decimal)(part.Quotient + (raised.Contains(i) ? 1 : 0)) * unit)];
    }

    /// <summary>Parts with nine decimals, rounded to cents that add up to the rounded whole.</summary>
    public static decimal[] ToCents(IReadOnlyList<decimal> parts) =>
        Of(Round(parts.Sum(), Cent), [.. parts.Select(part => (long)(part / Unit(Nano)))], Cent);

    /// <summary>Half away from zero, as bills are rounded.</summary>
    public static decimal Round(decimal amount, int decimals) => Math.Round(amount, decimals, MidpointRounding.AwayFromZero);

    private static decimal Unit(int decimals) => new(1, 0, 0, false, (byte)decimals);
}
