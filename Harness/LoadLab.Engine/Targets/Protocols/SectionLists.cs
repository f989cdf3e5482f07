using LoadLab.Core.Input;

namespace LoadLab.Engine.Targets.Protocols;

/// <summary>Lists as protocol files have them.</summary>
internal static class SectionLists
{
    public static IReadOnlyList<string> Words(this Section section, string field)
    {
        var words = new List<string>();
        foreach (var (node, path) in section.Items(field))
        {
            if (node is ScalarNode { Text: { Length: > 0 and <= 200 } word })
            {
                words.Add(word);
            }
            else
            {
                section.Problems.Add(node, path, (node as ScalarNode)?.Text, "is not a word", "write one text");
            }
        }

        return words;
    }

    public static IReadOnlyList<int> Statuses(this Section section, string field, IReadOnlyList<int> fallback)
    {
        var statuses = new List<int>();
        foreach (var (node, path) in section.Items(field))
        {
            if (node is ScalarNode scalar && Quantity.Integer(scalar.Text) is >= 100 and <= 599 and var status)
            {
                statuses.Add((int)status);
            }
            else
            {
                section.Problems.Add(node, path, (node as ScalarNode)?.Text, "is not a status of HTTP", "write for example 503");
            }
        }

        return section.Has(field) ? statuses : fallback;
    }
}
