using System.Runtime.CompilerServices;

namespace LoadLab.Tensors;

internal sealed unsafe partial class KernelSet<TOps, TV>
{
    // Below the first no normal float is left (the result is zero); above the second 2^n would leave the format (the result stays at 1.7e38).
    private const float SmallestExponent = -87.33f;
    private const float LargestExponent = 88.02f;

    /// <summary>
    /// e^x by x = n ln 2 + r, |r| at most ln 2 / 2, and a degree-7 polynomial in r (coefficients of Cephes' expf, S. Moshier). Within 1 ulp or so; results below the
    /// smallest normal float are zero, inputs above 88.02 saturate.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV Exp(TV x)
    {
        var smallest = TOps.Splat(SmallestExponent);
        return TOps.ZeroBelow(x, smallest, Exponential(TOps.Min(TOps.Splat(LargestExponent), TOps.Max(smallest, x))));
    }

    /// <summary>The same for x up to 0, minus infinity among them: what goes wrong below the smallest exponent is replaced by zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV ExpUpToZero(TV x) => TOps.ZeroBelow(x, TOps.Splat(SmallestExponent), Exponential(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV Exponential(TV x)
    {
        var n = TOps.Round(TOps.Multiply(x, TOps.Splat(1.44269504088896341f)));
        var r = TOps.MultiplyAdd(n, TOps.Splat(-0.693359375f), x);
        r = TOps.MultiplyAdd(n, TOps.Splat(2.12194440e-4f), r);
        var p = TOps.Splat(1.9875691500e-4f);
        p = TOps.MultiplyAdd(p, r, TOps.Splat(1.3981999507e-3f));
        p = TOps.MultiplyAdd(p, r, TOps.Splat(8.3334519073e-3f));
        p = TOps.MultiplyAdd(p, r, TOps.Splat(4.1665795894e-2f));
        p = TOps.MultiplyAdd(p, r, TOps.Splat(1.6666665459e-1f));
        p = TOps.MultiplyAdd(p, r, TOps.Splat(5.0000001201e-1f));
        p = TOps.Add(TOps.MultiplyAdd(TOps.Multiply(r, r), p, r), TOps.Splat(1));
        return TOps.TimesPowerOfTwo(p, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV TimesSigmoid(TV x, TV argument)
    {
        var one = TOps.Splat(1);
        return TOps.Divide(x, TOps.Add(one, Exp(TOps.Subtract(TOps.Splat(0), argument))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV Apply(Activation activation, TV x) => activation switch
    {
        Activation.Silu => TimesSigmoid(x, x),
        Activation.GeluTanh => Gelu(x),
        _ => x,
    };

    // (1 + tanh u) / 2 = sigmoid(2u), which needs no tanh and does not cancel for large negative x.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV Gelu(TV x)
    {
        var square = TOps.Multiply(x, x);
        var inner = TOps.MultiplyAdd(TOps.Multiply(square, x), TOps.Splat(0.044715f), x);
        return TimesSigmoid(x, TOps.Multiply(inner, TOps.Splat(1.5957691216057308f)));
    }
}
