using System.Text;
using LoadLab.Core;

namespace LoadLab.Workload;

/// <summary>Makes a prompt of a wanted number of words: cut, or filled with neutral words. The words are common ones, so that the number of tokens follows the number of words.</summary>
internal static class PromptText
{
    private static readonly string[] s_words =
    [
        "slow", "soft", "warm", "golden", "light", "over", "the", "water", "and", "green", "hills", "under", "a", "wide", "blue", "sky", "with", "long", "shadows", "on",
        "stone", "wall", "near", "old", "bridge", "small", "boat", "in", "calm", "river", "distant", "mountain", "white", "clouds", "moving", "gently", "through", "tall", "trees", "early",
        "morning", "mist", "rising", "from", "field", "bright", "window", "wooden", "table", "quiet", "street", "evening", "lamp", "wet", "road", "red", "roof", "garden", "path", "spring",
        "flowers", "wind", "leaves", "autumn", "forest", "deep", "valley", "silver", "moon", "night", "harbour", "ship", "sail", "sand", "beach", "wave", "foam", "camera", "turns", "slowly",
        "close", "view", "wide", "shot", "smooth", "motion", "clear", "detail", "natural", "colour", "winter", "snow", "summer", "sun", "glass", "door", "train", "passing", "market", "square",
    ];

    /// <param name="text">Where to start; may be empty.</param>
    /// <param name="words">At least 1.</param>
    /// <param name="filling">Which words fill: the same number, the same words.</param>
    public static string Fit(string text, int words, ulong filling)
    {
        var given = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var fitted = new StringBuilder().AppendJoin(' ', given.Take(words));
        if (given.Length < words)
        {
            var chance = new RandomStream(new Seed(filling));
            for (var i = given.Length; i < words; i++)
            {
                fitted.Append(fitted.Length > 0 ? " " : "").Append(s_words[chance.NextInt(s_words.Length)]);
            }
        }

        return fitted.Length <= PromptOptions.MaxLength ? fitted.ToString() : fitted.ToString(0, PromptOptions.MaxLength);
    }
}
