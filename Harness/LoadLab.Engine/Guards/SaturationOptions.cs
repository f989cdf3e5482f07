using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Engine.Guards;

/// <summary>When a service counts as saturated: calls come faster than they end, for longer than chance explains. See <see cref="SaturationWatch"/>.</summary>
public sealed record SaturationOptions
{
    /// <summary>Whether the run stops; otherwise its verdict says so and it plays on.</summary>
    public bool Stops { get; init; } = true;

    /// <summary>How sure the finding is, over all looks of a run together: 0.95 lets one run in twenty of a service at its limit be called saturated by chance.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>The stretch of the run looked at first; stretches twice, four times ... as long are looked at too, because a small excess takes long to be told from chance.</summary>
    public Duration Window { get; init; } = Duration.FromSeconds(120);

    /// <summary>The shortest stretch ever looked at: a run shorter than two windows is looked at in halves, not below this.</summary>
    public Duration Minimum { get; init; } = Duration.FromSeconds(30);

    /// <summary>Binds stopWhen.saturated: true, false, monitor, or a mapping. Null: not looked for.</summary>
    internal static SaturationOptions? Bind(Section stopWhen)
    {
        const string Field = "saturated";
        switch (stopWhen.Find(Field))
        {
            case null:
                return null;
            case ScalarNode:
                return stopWhen.Choice(Field, (SaturationOptions?)null, ("true", new SaturationOptions()), ("monitor", new SaturationOptions { Stops = false }), ("false", null));
        }

        if (stopWhen.Child(Field) is not { } section)
        {
            return null;
        }

        var options = new SaturationOptions();
        options = new SaturationOptions
        {
            Stops = section.Choice("mode", true, ("enforce", true), ("monitor", false)),
            Confidence = section.Number("confidence", options.Confidence, 0.5, 0.999999, "0.95"),
            Window = section.Value("window", Quantity.Time, IsStretch, "a duration from 1s to 1d", "120s") ?? options.Window,
            Minimum = section.Value("minimum", Quantity.Time, IsStretch, "a duration from 1s to 1d", "30s") ?? options.Minimum,
        };
        section.Close();
        if (options.Minimum > options.Window)
        {
            section.Problems.Add(section.Find("minimum") ?? section.Node, section.PathOf("minimum"), section.Text("minimum"), "is longer than the window", "make it the window or less");
        }

        return options;
    }

    private static bool IsStretch(Duration time) => time.Seconds is >= 1 and <= 86400;
}
