using System.Net;
using System.Text;

namespace LoadLab.Model.Tokenizer;

/// <summary>The reference's text preparation: HTML unescaped twice, every run of whitespace one space, ends trimmed.
/// The reference repairs the text before this: <see cref="TextRepair"/>, which prompts of real checkpoints pass. Entities are HTML 4's, with their semicolon.</summary>
internal static class PromptCleaner
{
    public static string Clean(string prompt)
    {
        var text = WebUtility.HtmlDecode(WebUtility.HtmlDecode(prompt));
        var result = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (!char.IsWhiteSpace(c))
            {
                result.Append(c);
            }
            else if (result.Length > 0 && result[^1] != ' ')
            {
                result.Append(' ');
            }
        }

        return result.ToString().TrimEnd(' ');
    }
}
