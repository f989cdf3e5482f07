using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>Getters that a workload needs besides those of every section.</summary>
internal static class SectionExtensions
{
    /// <summary>Highest rate of one shape, calls per second.</summary>
    private const double MaxRate = 1e6;

    public static void Require(this Section section, string field, string what)
    {
        if (!section.Has(field))
        {
            section.Missing(field, what);
        }
    }

    /// <summary>Calls per second; 0 with a problem when absent, malformed or absurdly high.</summary>
    public static double RequiredRate(this Section section, string field)
    {
        section.Require(field, "a rate, for example 0.8/s");
        return section.Value(field, Quantity.RatePerSecond, rate => rate <= MaxRate, "a rate from 0/s to 1000000/s", "0.8/s or 30/min") ?? 0;
    }

    /// <summary>Seconds; null with a problem when absent or malformed.</summary>
    public static double? RequiredSeconds(this Section section, string field)
    {
        section.Require(field, "a duration, for example 20s");
        return section.Time(field)?.Seconds;
    }

    /// <summary>A duration longer than zero; null with a problem when malformed.</summary>
    public static Duration? PositiveTime(this Section section, string field, Duration longest) =>
        section.Value(field, Quantity.Time, time => time > Duration.Zero && time <= longest, $"a duration longer than 0 and at most {longest.Seconds / 86400:0} days", "60s");

    /// <summary>A list of this many numbers, none below 0; null with a problem when absent, shorter, longer or malformed.</summary>
    public static IReadOnlyList<double>? Numbers(this Section section, string field, int count)
    {
        var numbers = section.Items(field).Select(item => (item.Node as ScalarNode)?.Text is { } text ? Quantity.Number(text) : null).ToArray();
        if (numbers.Length == count && numbers.All(number => number is >= 0 and <= 1e9))
        {
            return [.. numbers.Select(number => number!.Value)];
        }

        section.Refuse(field, $"is not a list of {count} numbers from 0", $"write {count} numbers: [1, 1.2, ...]");
        return null;
    }

    /// <summary>A short name without control characters; empty when absent.</summary>
    public static string Word(this Section section, string field)
    {
        const int Longest = 64;
        var word = section.Text(field, "");
        if (word.Length <= Longest && !word.Any(char.IsControl))
        {
            return word;
        }

        section.Problems.Add(section.Find(field)!, section.PathOf(field), null, $"has {word.Length} characters or control characters", $"write a name of at most {Longest} characters");
        return "";
    }

    public static void Refuse(this Section section, string field, string message, string fix)
    {
        if (section.Find(field) is { } node)
        {
            section.Problems.Add(new Problem(node.File, section.LineOf(field), section.PathOf(field), null, message, fix));
        }
    }

    /// <summary>A path named in the file, taken from the folder of the file.</summary>
    public static string Resolve(this Section section, string path) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(section.Node.File)) ?? "", path);
}
