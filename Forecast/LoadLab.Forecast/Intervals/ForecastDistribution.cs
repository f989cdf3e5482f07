namespace LoadLab.Forecast;

/// <summary>What is expected over the next steps, and how far off it may be.</summary>
/// <param name="Steps">1 to H steps ahead.</param>
public sealed record ForecastDistribution(IReadOnlyList<ForecastStep> Steps);

/// <summary>One step of a forecast. Bounds hold a share of outcomes by past errors of this horizon, not by an assumed distribution.</summary>
/// <param name="Ahead">Grid steps ahead, from 1.</param>
/// <param name="Point">Point forecast.</param>
/// <param name="Interval80">Holds 80 % of outcomes.</param>
/// <param name="Interval95">Holds 95 % of outcomes.</param>
/// <param name="Deciles">Quantiles 0.1 to 0.9.</param>
/// <param name="Errors">Past errors of this horizon that the bounds stand on.</param>
public sealed record ForecastStep(int Ahead, double Point, ForecastInterval Interval80, ForecastInterval Interval95, IReadOnlyList<double> Deciles, int Errors);

/// <summary>A range of outcomes.</summary>
/// <param name="Clamped">There were too few past errors to prove the range (true bounds: infinite); the largest error seen stands in.</param>
public sealed record ForecastInterval(double Low, double High, bool Clamped)
{
    public double Width => High - Low;

    public bool Holds(double value) => value >= Low && value <= High;
}
