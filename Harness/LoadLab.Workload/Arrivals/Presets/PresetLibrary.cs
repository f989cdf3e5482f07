using System.Collections.Concurrent;
using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>The presets that are part of the program: the files of Scenarios/presets, as they were when it was built.</summary>
public static class PresetLibrary
{
    private const string Prefix = "presets/";
    private const int Hours = 24;

    private static readonly ConcurrentDictionary<string, RatePreset> s_read = new(StringComparer.Ordinal);

    /// <summary>In order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(PresetLibrary).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => Path.GetFileNameWithoutExtension(name[Prefix.Length..])).Order(StringComparer.Ordinal),
    ];

    /// <summary>A preset by one of <see cref="Names"/>.</summary>
    public static RatePreset Get(string name) => s_read.GetOrAdd(name, Read);

    /// <summary>Reads a preset file's text. Throws <see cref="InputException"/> with everything that is wrong with it.</summary>
    public static RatePreset Read(string text, string file)
    {
        var problems = new Problems();
        var preset = YamlDocument.ReadText(text, file, problems) is { } node && Section.Open(node, "", problems) is { } root ? Bind(root) : null;
        problems.ThrowIfAny();
        return preset!;
    }

    private static RatePreset Read(string name)
    {
        using var stream = typeof(PresetLibrary).Assembly.GetManifestResourceStream($"{Prefix}{name}.yaml") ?? throw new ArgumentException($"there is no preset {name}", nameof(name));
        using var reader = new StreamReader(stream);
        return Read(reader.ReadToEnd(), $"{name}.yaml");
    }

    private static RatePreset Bind(Section root)
    {
        var preset = new RatePreset
        {
            Name = root.RequiredText("name"),
            Source = root.RequiredText("source"),
            Licence = root.RequiredText("licence"),
            Fitted = root.RequiredText("fitted"),
            Unmatched = root.RequiredText("unmatched"),
            OwnRate = root.RequiredRate("ownRate"),
            Day = Day(root),
            Week = root.Has("week") ? root.Numbers("week", 7) ?? [1] : [1],
            Crowds = root.Child("crowds") is { } crowds ? Crowds(crowds) : null,
            Modulations = Modulations(root),
            StepSeconds = root.PositiveTime("step", WorkloadOptions.Longest)?.Seconds ?? 60,
            Process = ArrivalProcess.Bind(root) ?? new ArrivalProcess.Poisson(),
        };
        root.Close();
        return preset;
    }

    /// <summary>One relative rate for each hour: held, or a straight line from the middle of each hour to the next.</summary>
    private static Cycle Day(Section root)
    {
        root.Require("hours", "24 relative rates");
        var rates = root.Numbers("hours", Hours) ?? [.. Enumerable.Repeat(1.0, Hours)];
        var hold = root.Choice("between", true, ("linear", false), ("hold", true));
        return Cycle.Through(Cycle.Day, [.. rates.Select((rate, hour) => ((hour + (hold ? 0 : 0.5)) * 3600, rate))], hold);
    }

    private static List<RateModulation> Modulations(Section root)
    {
        var modulations = new List<RateModulation>();
        foreach (var (node, path) in root.Items("modulation"))
        {
            if (Section.Open(node, path, root.Problems) is { } modulation)
            {
                modulations.Add(new RateModulation(modulation.Number("sigma", 0, 0, 3, "0.3"), modulation.PositiveTime("correlation", WorkloadOptions.Longest)?.Seconds ?? 1));
                modulation.Close();
            }
        }

        return modulations;
    }

    private static DailyCrowds Crowds(Section crowds)
    {
        var times = crowds.Items("at").Select(item => Quantity.TimeOfDaySeconds((item.Node as ScalarNode)?.Text ?? "")).ToArray();
        if (times.Length == 0 || times.Contains(null))
        {
            crowds.Problems.Add(crowds.Node, crowds.PathOf("at"), null, "is not a list of times of day", "write [12:15, 18:45]");
        }

        var bound = new DailyCrowds(
            [.. times.Select(time => time ?? 0)],
            crowds.Numbers("heights", times.Length) ?? [.. times.Select(_ => 0.0)],
            crowds.Number("sigma", 0, 0, 3, "0.5"),
            crowds.RequiredSeconds("rise") ?? 1,
            crowds.RequiredSeconds("hold") ?? 1,
            crowds.PositiveTime("halfLife", WorkloadOptions.Longest)?.Seconds ?? 1);
        crowds.Close();
        return bound;
    }
}
