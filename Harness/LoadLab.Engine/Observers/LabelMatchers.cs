using System.Text.RegularExpressions;

namespace LoadLab.Engine.Observers;

/// <summary>The matchers between the braces of a PromQL selector, as <c>match</c> of a preset holds them: namespace="video",pod=~"wan-.*".</summary>
internal static partial class LabelMatchers
{
    public const int MaxLength = 512;

    /// <summary>Whether the text is matchers and nothing else, so that it cannot end the selector it is put into.</summary>
    public static bool AreValid(string text) => text.Length <= MaxLength && Whole().IsMatch(text);

    // Labels by name, four operators, double-quoted values; a backslash escapes the next character.
    [GeneratedRegex("""^\s*[A-Za-z_][A-Za-z0-9_]*\s*(=|!=|=~|!~)\s*"([^"\\\n]|\\[^\n])*"(\s*,\s*[A-Za-z_][A-Za-z0-9_]*\s*(=|!=|=~|!~)\s*"([^"\\\n]|\\[^\n])*")*\s*,?\s*$""", RegexOptions.CultureInvariant)]
    private static partial Regex Whole();
}
