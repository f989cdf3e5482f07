using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Serving.Loading;

/// <summary>What keeps a replica warm; the scenario's key <c>serving.loading</c>. Whether it loads at once or for its first job is <see cref="ServingOptions.Preload"/>.</summary>
public sealed record LoadingOptions
{
    /// <summary>A replica that has been idle this long runs a small warm-up; null = no pings. Mode keep-warm.</summary>
    /// <value>60 s in mode keep-warm, else null.</value>
    public Duration? PingEvery { get; set; }

    /// <summary>A model that has been idle this long is unloaded; null = never.</summary>
    public Duration? UnloadAfter { get; set; }

    /// <summary>Binds <c>loading</c> of a serving section, and says what its mode makes of <see cref="ServingOptions.Preload"/> (null = nothing). Problems are added to the section's list.</summary>
    public static (LoadingOptions Options, bool? Preload) Bind(Section serving)
    {
        if (serving.Child("loading") is not { } section)
        {
            return (new LoadingOptions(), null);
        }

        var mode = section.Choice("mode", (LoadingMode?)null, ("lazy", LoadingMode.Lazy), ("preload", LoadingMode.Preload), ("keep-warm", LoadingMode.KeepWarm));
        var options = new LoadingOptions
        {
            PingEvery = LongEnough(section, "pingEvery", "60s") ?? (mode == LoadingMode.KeepWarm ? Duration.FromSeconds(60) : null),
            UnloadAfter = LongEnough(section, "unloadAfter", "10m"),
        };
        if (section.Has("pingEvery") && mode != LoadingMode.KeepWarm)
        {
            Refuse(section, "pingEvery", "is for mode keep-warm alone", "write mode: keep-warm or leave pingEvery out");
        }
        else if (options.PingEvery >= options.UnloadAfter)
        {
            Refuse(section, "unloadAfter", $"unloads before the first ping, after {options.PingEvery?.Seconds}s", "write an unloadAfter that is longer than pingEvery, or another mode than keep-warm");
        }

        bool? preload = mode is null ? null : mode != LoadingMode.Lazy;
        CheckPreload(serving, preload);
        section.Close();
        return (options, preload);
    }

    private static Duration? LongEnough(Section section, string field, string example) =>
        section.Value(field, Quantity.Time, time => time.Milliseconds >= 1, "a duration of at least 1ms", example);

    private static void CheckPreload(Section serving, bool? implied)
    {
        if (implied is { } preload && serving.Find("preload") is ScalarNode { Text: "true" or "false" } said && said.Text == "true" != preload)
        {
            serving.Problems.Add(said, serving.PathOf("preload"), said.Text, $"contradicts {serving.PathOf("loading.mode")}", "leave preload out: the mode says it");
        }
    }

    private static void Refuse(Section section, string field, string message, string fix) =>
        section.Problems.Add(section.Find(field)!, section.PathOf(field), section.Text(field), message, fix);

    private enum LoadingMode
    {
        Lazy,
        Preload,
        KeepWarm,
    }
}
