namespace LoadLab.Planning;

/// <summary>Two-sided quantiles of Student's t distribution.</summary>
internal static class StudentT
{
    public const double Level = 0.95;

    /// <summary>The multiple of a standard error that makes a two-sided interval of that level.</summary>
    public static double Factor(double degreesOfFreedom, double level = Level) =>
        MathNet.Numerics.Distributions.StudentT.InvCDF(0, 1, degreesOfFreedom, (1 + level) / 2);
}
