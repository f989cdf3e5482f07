using System.Globalization;

namespace LoadLab.Model.Verify;

/// <summary>Result of comparing one tensor with its golden values.</summary>
internal sealed record TensorComparison(double MaxAbs, double RelativeL2, string? Failure);

/// <summary>
/// Tolerances by the golden tensor's type: float32 max-abs 5e-5 and relative L2 2e-5; float64 max-abs 1e-12; integers exact;
/// bytes within one level on at most one value in a thousand. NaN never passes.
/// </summary>
internal static class Tolerances
{
    private const double SingleMaxAbs = 5e-5;
    private const double SingleRelativeL2 = 2e-5;
    private const double DoubleMaxAbs = 1e-12;
    private const double ByteShare = 1e-3;

    public static TensorComparison Single(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        var (maxAbs, relative) = Errors(expected, actual);
        return Judge(maxAbs, relative, maxAbs <= SingleMaxAbs && relative <= SingleRelativeL2, "allowed 5e-5 and 2e-5");
    }

    public static TensorComparison Double(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        var (maxAbs, relative) = Errors(expected, actual);
        return Judge(maxAbs, relative, maxAbs <= DoubleMaxAbs, "allowed max-abs 1e-12");
    }

    public static TensorComparison Integers(ReadOnlySpan<long> expected, ReadOnlySpan<long> actual)
    {
        var (maxAbs, relative) = Errors(expected, actual);
        return Judge(maxAbs, relative, expected.SequenceEqual(actual), "integers must be equal");
    }

    public static TensorComparison Bytes(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        var (differing, worst) = (0, 0);
        for (var i = 0; i < expected.Length; i++)
        {
            var difference = Math.Abs(expected[i] - actual[i]);
            differing += difference > 0 ? 1 : 0;
            worst = Math.Max(worst, difference);
        }

        var share = (double)differing / Math.Max(1, expected.Length);
        var failure = worst <= 1 && share <= ByteShare ? null : $"{differing} of {expected.Length} bytes differ, by up to {worst}; allowed one level on 1 in 1000";

        // Levels are not values: a level that differs within the tolerance does not enter the error columns.
        return new TensorComparison(0, 0, failure);
    }

    private static (double MaxAbs, double RelativeL2) Errors<T>(ReadOnlySpan<T> expected, ReadOnlySpan<T> actual)
        where T : struct, IConvertible
    {
        var (maxAbs, squares, norm) = (0.0, 0.0, 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            var e = expected[i].ToDouble(CultureInfo.InvariantCulture);
            var difference = Math.Abs(actual[i].ToDouble(CultureInfo.InvariantCulture) - e);
            maxAbs = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(maxAbs, difference);
            squares += difference * difference;
            norm += e * e;
        }

        var relative = squares == 0 ? 0 : Math.Sqrt(squares / norm);
        return (maxAbs, double.IsNaN(relative) ? double.PositiveInfinity : relative);
    }

    private static TensorComparison Judge(double maxAbs, double relative, bool passed, string allowed) =>
        new(maxAbs, relative, passed ? null : string.Create(CultureInfo.InvariantCulture, $"max-abs {maxAbs:g3}, relative L2 {relative:g3}; {allowed}"));
}
