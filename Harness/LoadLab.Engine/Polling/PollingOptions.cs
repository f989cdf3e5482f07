using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Engine.Polling;

/// <summary>
/// How well the end of a job is to be known when a service must be asked for it. The censoring of a call is the width of the interval in which its job ended, from the last
/// poll that found it pending to the poll that found it ended, as a share of its latency.
/// </summary>
public sealed record PollingOptions
{
    /// <summary>Largest median of the censoring.</summary>
    /// <value>0.02</value>
    public double Median { get; init; } = 0.02;

    /// <summary>Largest 95th percentile of the censoring.</summary>
    /// <value>0.08</value>
    public double P95 { get; init; } = 0.08;

    /// <summary>Polls per second of the whole target; intervals stretch before it is passed.</summary>
    /// <value>200</value>
    public double MaxRatePerSecond { get; init; } = 200;

    /// <summary>Binds <c>polling: { median: 2%, p95: 8%, maxRate: 200/s }</c> of a target section; the defaults where it says nothing.</summary>
    public static PollingOptions Bind(Section target)
    {
        var defaults = new PollingOptions();
        if (target.Child("polling") is not { } polling)
        {
            return defaults;
        }

        var options = new PollingOptions
        {
            Median = Share(polling, "median", "2%") ?? defaults.Median,
            P95 = Share(polling, "p95", "8%") ?? defaults.P95,
            MaxRatePerSecond = polling.Value("maxRate", Quantity.RatePerSecond, rate => rate is >= 0.01 and <= 10_000, "a rate from 0.01/s to 10000/s", "200/s") ?? defaults.MaxRatePerSecond,
        };
        if (options.P95 < options.Median)
        {
            polling.Problems.Add(polling.Node, polling.PathOf("p95"), polling.Text("p95"), "is below the median", "give a p95 at or above the median");
        }

        polling.Close();
        return options;
    }

    private static double? Share(Section section, string field, string example) =>
        section.Value(field, Parse, share => share is >= 0.001 and <= 0.5, "a share from 0.1% to 50%", example);

    private static double? Parse(string text)
    {
        var trimmed = text.Trim();
        return trimmed.EndsWith('%') ? Quantity.Number(trimmed[..^1].Trim()) / 100 : Quantity.Number(trimmed);
    }
}
