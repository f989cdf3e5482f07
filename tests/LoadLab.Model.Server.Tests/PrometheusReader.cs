using System.Globalization;
using System.Text.RegularExpressions;

namespace LoadLab.Model.Server.Tests;

/// <summary>
/// A strict reader of the Prometheus text format 0.0.4: every family has HELP and TYPE before its samples, its samples stand together, names and labels are
/// well formed, no sample comes twice, histograms are cumulative and end with +Inf = count.
/// </summary>
internal sealed partial class PrometheusReader
{
    public Dictionary<string, string> Types { get; } = [];

    public Dictionary<string, double> Samples { get; } = [];

    public static PrometheusReader Read(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', text);
        var reader = new PrometheusReader();
        string? helped = null;
        string? family = null;
        foreach (var line in text[..^1].Split('\n'))
        {
            if (HelpLine().Match(line) is { Success: true } help)
            {
                helped = help.Groups[1].Value;
                Assert.False(reader.Types.ContainsKey(helped), $"{helped} comes twice");
            }
            else if (TypeLine().Match(line) is { Success: true } type)
            {
                family = type.Groups[1].Value;
                Assert.Equal(helped, family);
                reader.Types.Add(family, type.Groups[2].Value);
            }
            else
            {
                reader.Sample(line, family);
            }
        }

        reader.CheckHistograms();
        return reader;
    }

    private void Sample(string line, string? family)
    {
        var match = SampleLine().Match(line);
        Assert.True(match.Success, $"not a line of the format: {line}");
        Assert.NotNull(family);
        var name = match.Groups[1].Value;
        var allowed = Types[family] == "histogram" ? [$"{family}_bucket", $"{family}_sum", $"{family}_count"] : new[] { family };
        Assert.Contains(name, allowed);
        Assert.True(Types[family] != "counter" || family.EndsWith("_total", StringComparison.Ordinal), $"{family} is a counter without _total");
        Samples.Add(name + match.Groups[2].Value, double.Parse(match.Groups[3].Value, NumberStyles.Float, CultureInfo.InvariantCulture));
    }

    private void CheckHistograms()
    {
        foreach (var family in Types.Where(type => type.Value == "histogram").Select(type => type.Key))
        {
            foreach (var (sample, count) in Samples.Where(sample => sample.Key.StartsWith(family + "_count", StringComparison.Ordinal)))
            {
                var labels = sample[(family.Length + "_count".Length + 1)..^1];
                var buckets = Samples.Where(pair => pair.Key.StartsWith($"{family}_bucket{{{labels},le=", StringComparison.Ordinal)).Select(pair => pair.Value).ToList();
                Assert.Equal(buckets.Order(), buckets);
                Assert.Equal(count, Samples[$"{family}_bucket{{{labels},le=\"+Inf\"}}"]);
                Assert.True(Samples.ContainsKey($"{family}_sum{{{labels}}}"));
            }
        }
    }

    [GeneratedRegex("^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) [^\n]+$")]
    private static partial Regex HelpLine();

    [GeneratedRegex("^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$")]
    private static partial Regex TypeLine();

    [GeneratedRegex("""^([a-zA-Z_:][a-zA-Z0-9_:]*)((?:\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)+\})?) (-?[0-9.]+(?:[eE][+-]?[0-9]+)?|NaN|[+-]Inf)$""")]
    private static partial Regex SampleLine();
}
