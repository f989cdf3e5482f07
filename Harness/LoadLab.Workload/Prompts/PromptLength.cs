using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>How long prompts are, in words: lognormal with the given median and sigma (the standard deviation of the logarithm), from 1 to a maximum that longer draws are cut to.</summary>
public sealed record PromptLength(double Median, double Sigma, int Max)
{
    /// <summary>Most words: what filled with the longest words of the vocabulary still is a prompt of at most <see cref="PromptOptions.MaxLength"/> characters.</summary>
    public const int MaxWords = 400;

    /// <param name="normal">A standard normal draw.</param>
    public int At(double normal) => (int)Math.Clamp(Math.Round(Median * Math.Exp(Sigma * normal)), 1, Max);

    /// <summary>Reads <c>length: { median: 40 words, sigma: 0.6, max: 200 }</c>; null when absent.</summary>
    internal static PromptLength? Bind(Section prompts)
    {
        if (prompts.Child("length") is not { } length)
        {
            return null;
        }

        length.Require("median", "a number of words, for example 40 words");
        var bound = new PromptLength(Words(length, "median") ?? 1, length.Number("sigma", 0.5, 0, 3, "0.6"), (int)(Words(length, "max") ?? MaxWords));
        length.Close();
        return bound;
    }

    private static double? Words(Section length, string field) =>
        length.Value(field, Parse, words => words is >= 1 and <= MaxWords, $"a number of words from 1 to {MaxWords}", "40 words");

    private static double? Parse(string text) => Quantity.Number(text.EndsWith("words", StringComparison.Ordinal) ? text[..^5].Trim() : text);
}
