namespace LoadLab.Model.Diffusion;

/// <summary>
/// The text rows of a batch, each distinct row once. Every prompt is padded with zero rows to the text length, and those are attended to; being all alike,
/// one zero row stands for them. Index (B * TextLength) says which row each place takes.
/// </summary>
internal sealed class TextRows
{
    /// <summary>contexts: per item its (n, textDim) values, n at most textLength; the same array given twice is stored once.</summary>
    public TextRows(IReadOnlyList<float[]> contexts, int textDim, int textLength)
    {
        var distinct = contexts.Distinct().ToArray();
        var lengths = distinct.Select(context => context.Length / textDim).ToArray();
        Count = lengths.Sum() + 1;
        Values = new float[Count * textDim];
        Index = new int[contexts.Count * textLength];
        var starts = new int[distinct.Length];
        for (var i = 0; i < distinct.Length; i++)
        {
            if (lengths[i] > textLength)
            {
                throw new ArgumentException($"{lengths[i]} text rows; at most {textLength}");
            }

            starts[i] = i == 0 ? 0 : starts[i - 1] + lengths[i - 1];
            distinct[i].CopyTo(Values, starts[i] * textDim);
        }

        for (var b = 0; b < contexts.Count; b++)
        {
            var which = Array.IndexOf(distinct, contexts[b]);
            for (var row = 0; row < textLength; row++)
            {
                Index[(b * textLength) + row] = row < lengths[which] ? starts[which] + row : Count - 1;
            }
        }
    }

    /// <summary>Distinct rows, the zero row last.</summary>
    public int Count { get; }

    /// <summary>(Count, textDim).</summary>
    public float[] Values { get; }

    public int[] Index { get; }
}
