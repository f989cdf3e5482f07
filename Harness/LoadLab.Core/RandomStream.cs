using System.Numerics;

namespace LoadLab.Core;

/// <summary>
/// A deterministic stream of draws: xoshiro256++ (Blackman and Vigna 2019), seeded through SplitMix64.
/// Our own twenty lines, so that no runtime upgrade can change a golden file. Not for secrets, not thread-safe.
/// </summary>
public sealed class RandomStream
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    public RandomStream(Seed seed) => Restart(seed);

    /// <summary>Goes on as a new stream of this seed would: for streams so short that making one costs more than its draws.</summary>
    public void Restart(Seed seed)
    {
        _a = Seed.SplitMix(seed.Value);
        _b = Seed.SplitMix(_a);
        _c = Seed.SplitMix(_b);
        _d = Seed.SplitMix(_c);
    }

    public ulong NextUInt64()
    {
        var result = BitOperations.RotateLeft(_a + _d, 23) + _a;
        var t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in (0, 1]: safe for a logarithm.</summary>
    public double NextPositive() => 1.0 - NextDouble();

    /// <summary>Uniform integer in [0, count). Lemire's multiply-shift without rejection; bias below count / 2^64.</summary>
    public int NextInt(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return (int)Math.BigMul(NextUInt64(), (ulong)count, out _);
    }

    /// <summary>Exponential with mean 1.</summary>
    public double NextExponential() => -Math.Log(NextPositive());

    /// <summary>Standard normal (Box-Muller, one value a call).</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(NextPositive())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>Gamma with the given shape and scale 1 (Marsaglia and Tsang 2000; boosted for shape below 1).</summary>
    public double NextGamma(double shape)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shape);
        if (shape < 1)
        {
            return NextGamma(shape + 1) * Math.Pow(NextPositive(), 1 / shape);
        }

        var d = shape - (1.0 / 3);
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var x = NextNormal();
            var v = Math.Pow(1 + (c * x), 3);
            if (v > 0 && Math.Log(NextPositive()) < (0.5 * x * x) + d - (d * v) + (d * Math.Log(v)))
            {
                return d * v;
            }
        }
    }
}
