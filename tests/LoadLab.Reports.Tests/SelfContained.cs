using System.Text.RegularExpressions;

namespace LoadLab.Reports.Tests;

/// <summary>Whether a page fetches anything or runs anything: looked for in its tags as a browser would see them.</summary>
internal static partial class SelfContained
{
    private static readonly string[] s_names =
        ["html", "head", "meta", "title", "style", "body", "main", "nav", "a", "h1", "h2", "h3", "p", "ul", "li", "span", "div", "b", "small", "figure", "figcaption", "svg", "path", "line", "rect", "text", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "pre"];

    public static void Check(string html)
    {
        foreach (var tag in Tags().Matches(html).Select(match => match.Value))
        {
            var attributes = Attributes().Matches(tag).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);

            // With its quoted attributes taken away nothing of a tag but its name is left: nobody's text broke out of one.
            var name = Attributes().Replace(tag, "").Trim('<', '>', '/');
            Assert.Contains(name, s_names);
            Assert.DoesNotContain(attributes.Keys, key => key is "src" or "srcset" or "style" or "xlink:href" or "action" || key.StartsWith("on", StringComparison.Ordinal));
            Assert.True(!attributes.TryGetValue("href", out var to) || to.StartsWith('#'), tag);
        }

        Assert.DoesNotMatch("(?i)@import|url\\(", Style().Match(html).Value);
    }

    [GeneratedRegex("<[a-zA-Z][^>]*>")]
    private static partial Regex Tags();

    [GeneratedRegex("\\s([a-zA-Z:-]+[0-9]?)=\"([^\"]*)\"")]
    private static partial Regex Attributes();

    [GeneratedRegex("<style>.*?</style>", RegexOptions.Singleline)]
    private static partial Regex Style();
}
