namespace LoadLab.Model.Diffusion;

/// <summary>
/// Neighbouring items of a batch that share one prompt, with that prompt's rows. Every prompt is padded with zero rows to the text length, and those are attended to;
/// being all alike, one zero row stands for them with ln(their number) added to its logit: m equal terms e^a in a softmax are one term e^(a + ln m).
/// </summary>
internal sealed record TextGroup(int First, int Count, float[] Values, int Rows, int Padding)
{
    /// <summary>contexts: per item its (n, textDim) values, n at most textLength; neighbours given the same array form a group.</summary>
    public static IReadOnlyList<TextGroup> Of(IReadOnlyList<float[]> contexts, int textDim, int textLength)
    {
        var groups = new List<TextGroup>();
        for (var first = 0; first < contexts.Count;)
        {
            var count = 1;
            while (first + count < contexts.Count && contexts[first + count] == contexts[first])
            {
                count++;
            }

            groups.Add(Create(first, count, contexts[first], textDim, textLength));
            first += count;
        }

        return groups;
    }

    /// <summary>Bias (heads, queries, rows) that counts the padding row as often as it stands for; null without padding.</summary>
    public float[]? Bias(int heads, int queries)
    {
        if (Padding == 0)
        {
            return null;
        }

        var bias = new float[heads * queries * Rows];
        var logit = MathF.Log(Padding);
        for (var last = Rows - 1; last < bias.Length; last += Rows)
        {
            bias[last] = logit;
        }

        return bias;
    }

    private static TextGroup Create(int first, int count, float[] context, int textDim, int textLength)
    {
        var real = context.Length / textDim;
        if (real > textLength)
        {
            throw new ArgumentException($"{real} text rows; at most {textLength}");
        }

        var padding = textLength - real;
        var rows = real + (padding > 0 ? 1 : 0);
        var values = new float[rows * textDim];
        context.CopyTo(values, 0);
        return new TextGroup(first, count, values, rows, padding);
    }
}
