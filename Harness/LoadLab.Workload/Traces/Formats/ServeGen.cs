namespace LoadLab.Workload;

/// <summary>
/// ServeGen rates: a window of 600 s a row, with the rate of one client and the family (Gamma or Weibull), shape and scale fitted to the gaps between its arrivals.
/// Published as chunks of one client each without a header (start, rate, cv, family, shape, scale; an empty family is no data); clients joined have a header and client_id.
/// </summary>
internal sealed class ServeGen : ITraceFormat
{
    private const long WindowNs = 600_000_000_000;
    private const double MaxRate = 1e6;

    /// <summary>Fitted shapes go down to 0.01; far below, every gap but one underflows.</summary>
    private const double LeastShape = 1e-3;
    private const double MostShape = 1e6;

    public TraceFormat Format => TraceFormat.ServeGen;

    public TraceLayout? Open(TraceFields first, bool asked) => first.Syntax switch
    {
        DelimitedLines when first.HasAll("t_s", "rate_rps", "pattern", "p1", "p2") => Layout("t_s", row => Rate(row, row.Word("client_id"), "rate_rps", "pattern", "p1")),
        DelimitedLines { HasHeader: false, Tabs: false } when first.Columns == 6 => Layout("#1", row => Rate(row, null, "#2", "#4", "#5")),
        _ => null,
    };

    private TraceLayout Layout(string time, Func<TraceFields, TraceRate> rate) =>
        new(Format, time, TraceUnit.Seconds) { Rate = rate, WindowNs = WindowNs, ZeroIsMissing = true };

    private static TraceRate Rate(TraceFields row, string? client, string rate, string family, string shape)
    {
        var perSecond = row.Number(rate) ?? 0;
        var known = row.Text(family);
        if (known is null || perSecond == 0)
        {
            return new TraceRate { Client = client };
        }

        var fitted = row.Required(shape, row.Number(shape));
        if (perSecond is < 0 or > MaxRate || known is not ("Gamma" or "Weibull") || fitted is < LeastShape or > MostShape)
        {
            row.Refuse("is no rate with a Gamma or Weibull family and a shape above 0");
        }

        return new TraceRate { Client = client, PerSecond = perSecond, Family = known == "Weibull" ? GapFamily.Weibull : GapFamily.Gamma, Shape = fitted };
    }
}
