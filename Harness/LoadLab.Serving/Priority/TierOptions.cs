using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Serving.Priority;

/// <summary>What one tier of callers gets; an entry of the scenario's key <c>serving.tiers</c>. A job of a tier that is not listed gets the defaults and the lowest priority listed.</summary>
public sealed record TierOptions
{
    internal const int Most = 64;

    private static readonly string[] s_notInEmergency = ["priority", "maxWait", "dailyQuota", "concurrent", "night"];

    public string Name { get; set; } = "";

    /// <summary>0 is served first.</summary>
    public int Priority { get; set; }

    /// <summary>Longest time in the queue; past it the job is refused and never runs. Null = none.</summary>
    public Duration? MaxWait { get; set; }

    /// <summary>Jobs of it pass the queue limit, quotas, the breaker and early refusal, and go before every other tier.</summary>
    public bool Emergency { get; set; }

    /// <summary>Replicas that only this tier's jobs run on, out of those of the target; the tier may use the others too.</summary>
    public int Replicas { get; set; }

    /// <summary>Jobs of one tenant in this tier on one day of the calendar; null = no limit.</summary>
    public int? DailyQuota { get; set; }

    /// <summary>Jobs of one tenant in this tier that may be open at once; null = no limit.</summary>
    public int? Concurrent { get; set; }

    /// <summary>The hours whose idle capacity the tier may have whole; null = all day.</summary>
    public NightHours? Night { get; set; }

    /// <summary>Binds <c>tiers</c> of the section serving, in the scenario's order; at most 64. Problems are added to the section's list.</summary>
    internal static IReadOnlyList<TierOptions> BindAll(Section serving)
    {
        if (serving.Child("tiers") is not { } tiers)
        {
            return [];
        }

        var entries = tiers.Entries;
        if (entries.Count > Most)
        {
            var first = entries[Most];
            tiers.Problems.Add(new Problem(tiers.Node.File, first.Line, tiers.PathOf(first.Key), null, $"is tier {Most + 1} of {entries.Count}", $"list at most {Most} tiers; a tier that is not listed is served last"));
        }

        return [.. entries.Take(Most).Select(entry => Bind(tiers, entry)).OfType<TierOptions>()];
    }

    private static TierOptions? Bind(Section tiers, MappingEntry entry)
    {
        var path = tiers.PathOf(entry.Key);
        if (entry.Key.Length is 0 or > 100)
        {
            tiers.Problems.Add(new Problem(tiers.Node.File, entry.Line, path, null, "is not a tier's name", "write a name of 1 to 100 characters"));
            return null;
        }

        if (Section.Open(entry.Value, path, tiers.Problems) is not { } section)
        {
            return null;
        }

        var tier = new TierOptions
        {
            Name = entry.Key,
            Emergency = section.Flag("emergency", false),
            Replicas = section.Integer("replicas", 0, 0, 10_000),
        };
        tier = tier.Emergency ? RefuseLimits(section, tier) : tier with
        {
            Priority = section.Integer("priority", 0, 0, 1000),
            MaxWait = section.Value("maxWait", Quantity.Time, wait => wait > Duration.Zero, "a duration above zero", "30s"),
            DailyQuota = CountLimit.Read(section, "dailyQuota", null),
            Concurrent = CountLimit.Read(section, "concurrent", null),
            Night = NightHours.Bind(section),
        };
        section.Close();
        return tier;
    }

    private static TierOptions RefuseLimits(Section section, TierOptions tier)
    {
        foreach (var field in s_notInEmergency)
        {
            if (section.Find(field) is { } node)
            {
                section.Problems.Add(node, section.PathOf(field), (node as ScalarNode)?.Text, "has no meaning: an emergency tier goes first and passes every limit", $"delete {field}, or delete emergency");
            }
        }

        return tier;
    }
}

/// <summary>Night capacity by calendar: outside these hours the tier runs on at most <see cref="DayReplicas"/> replicas at once.</summary>
public sealed record NightHours
{
    /// <summary>Seconds of the day, in [0, 86400). From after To means over midnight.</summary>
    public double FromSecond { get; set; }

    public double ToSecond { get; set; }

    /// <value>0: by day the tier's jobs wait.</value>
    public int DayReplicas { get; set; }

    /// <summary>Binds <c>night: { from: 22:00, to: 06:00, dayReplicas: 1 }</c> of a tier; null when absent or without both hours.</summary>
    internal static NightHours? Bind(Section tier)
    {
        if (tier.Child("night") is not { } section)
        {
            return null;
        }

        var from = Hour(section, "from", "22:00");
        var to = Hour(section, "to", "06:00");
        var replicas = section.Integer("dayReplicas", 0, 0, 10_000);
        section.Close();
        if (from is not { } first || to is not { } last)
        {
            return null;
        }

        if (first == last)
        {
            section.Problems.Add(section.Find("to")!, section.PathOf("to"), section.Text("to"), "is the hour that the night starts at", "write another hour, or delete night for a tier that has all day");
            return null;
        }

        return new NightHours { FromSecond = first, ToSecond = last, DayReplicas = replicas };
    }

    private static double? Hour(Section section, string field, string example)
    {
        if (!section.Has(field))
        {
            section.Missing(field, $"a time of day, for example {example}");
        }

        return section.TimeOfDaySeconds(field);
    }
}
