using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Engine.Guards;

/// <summary>
/// The guard section of a scenario: when to stop a run. A guard stops the run, with every call not sent recorded as unfinished; it never drops a call and goes on.
/// </summary>
public sealed record GuardOptions
{
    /// <summary>Calls sent at most.</summary>
    public int? MaxCalls { get; init; }

    /// <summary>Calls sent and not ended at most: the call that would be one more is not sent.</summary>
    public int? MaxInFlight { get; init; }

    /// <summary>What the run may cost; calls in flight count at the mean of those ended.</summary>
    public Usd? MaxSpend { get; init; }

    /// <summary>Calls due (sent or late) and not ended.</summary>
    public int? Backlog { get; init; }

    /// <summary>Share of the ended calls that failed or timed out, looked at from <see cref="ErrorShareFrom"/> ended calls on.</summary>
    public double? ErrorShare { get; init; }

    /// <summary>Whether and how saturation is looked for; null: not.</summary>
    public SaturationOptions? Saturation { get; init; }

    public DrainOptions Drain { get; init; } = new();

    /// <summary>Whether the load that a target gets is limited: calls, spend, or calls at once (a schedule has an end).</summary>
    public bool Bounds => MaxCalls is not null || MaxSpend is not null || MaxInFlight is not null;

    /// <summary>Fewer ended calls say too little about a share.</summary>
    public const int ErrorShareFrom = 20;

    /// <summary>Binds the guard section of a scenario's root; the defaults when it has none.</summary>
    /// <param name="root">The scenario.</param>
    /// <param name="remote">Whether its target is on another machine: the guard must then limit the load, not only watch it.</param>
    public static GuardOptions Bind(Section root, bool remote = false)
    {
        if (root.Child("guard") is not { } guard)
        {
            return new GuardOptions();
        }

        var options = new GuardOptions
        {
            MaxCalls = Count(guard, "maxCalls"),
            MaxInFlight = Count(guard, "maxInFlight"),
            MaxSpend = guard.Value("maxSpend", Quantity.Dollars, usd => usd.Amount > 0, "an amount above 0 USD", "40 USD"),
        };
        if (options.MaxSpend is not null && root.Node is MappingNode mapping && mapping.Find("price") is null)
        {
            guard.Problems.Add(guard.Find("maxSpend")!, guard.PathOf("maxSpend"), guard.Text("maxSpend"), "cannot be watched without a price", "add a price section");
        }

        if (guard.Child("stopWhen") is { } stop)
        {
            options = options with { Backlog = Count(stop, "backlog"), ErrorShare = Share(stop, "errorShare"), Saturation = SaturationOptions.Bind(stop) };
            if (options.Saturation is not null && root.Node is MappingNode scenario && scenario.Find("workload") is MappingNode workload && workload.Find("closed") is not null)
            {
                stop.Problems.Add(stop.Find("saturated")!, stop.PathOf("saturated"), null, "has no meaning in a closed loop: users who wait for their answers leave no backlog", "leave it out");
            }

            stop.Close();
        }

        if (remote && !options.Bounds)
        {
            guard.Problems.Add(guard.Node, "guard", null, "sets no limit to the load of a target on another machine", "add maxCalls, maxInFlight or maxSpend (with a price): stopWhen alone acts after the harm");
        }

        options = options with { Drain = guard.Child("drain") is { } drain ? DrainOptions.Bind(drain) : options.Drain };
        guard.Close();
        return options;
    }

    private static int? Count(Section section, string field) =>
        (int?)section.Value(field, Quantity.Integer, value => value is > 0 and <= int.MaxValue, "a whole number above 0", "100");

    private static double? Share(Section section, string field) =>
        section.Value(field, Quantity.Number, value => value is > 0 and <= 1, "a share above 0 and up to 1", "0.2");
}

/// <summary>What becomes of calls in flight when nothing more is sent: at the end of the schedule, when a guard stopped the run, or when a person did.</summary>
public sealed record DrainOptions
{
    /// <summary>How long they are waited for.</summary>
    public Duration Max { get; init; } = Duration.FromSeconds(30 * 60);

    /// <summary>Whether their jobs are then cancelled at the service; otherwise they are left running.</summary>
    public bool ThenCancel { get; init; } = true;

    internal static DrainOptions Bind(Section drain)
    {
        var options = new DrainOptions();
        options = new DrainOptions { Max = drain.Value("max", Quantity.Time, time => time.Seconds <= 30 * 86400.0, "a duration up to 30d", "30m") ?? options.Max, ThenCancel = drain.Choice("then", true, ("cancel", true), ("leave", false)) };
        drain.Close();
        return options;
    }
}
