namespace LoadLab.Model.Diffusion;

/// <summary>
/// Rotary angles over (frame, row, column). Of c = head dim / 2 pairs, c - 2 (c / 3) turn with the frame, c / 3 with the row, c / 3 with the column;
/// pair i of n in a section turns by position * 10000^(-i/n). Evaluated in float64. Source: Wan2.2 wan/modules/model.py, rope_params and rope_apply.
/// </summary>
internal static class RopeTable
{
    private const double Theta = 10000;

    /// <summary>Pairs for frame, row and column.</summary>
    public static (int Frame, int Row, int Column) Sections(int headDim)
    {
        var pairs = headDim / 2;
        return (pairs - (2 * (pairs / 3)), pairs / 3, pairs / 3);
    }

    /// <summary>Angles of one position used on all three axes: the row of the reference's table.</summary>
    public static double[] Angles(int headDim, int frame, int row, int column)
    {
        var sections = Sections(headDim);
        var angles = new double[headDim / 2];
        Fill(angles.AsSpan(0, sections.Frame), frame);
        Fill(angles.AsSpan(sections.Frame, sections.Row), row);
        Fill(angles.AsSpan(sections.Frame + sections.Row), column);
        return angles;
    }

    /// <summary>Cosines and sines (L, head dim / 2) for all tokens of a patch grid.</summary>
    public static (float[] Cos, float[] Sin) Build(int headDim, LatentGrid patches)
    {
        var pairs = headDim / 2;
        var cos = new float[patches.Positions * pairs];
        var sin = new float[cos.Length];
        var at = 0;
        for (var f = 0; f < patches.Frames; f++)
        {
            for (var h = 0; h < patches.Height; h++)
            {
                for (var w = 0; w < patches.Width; w++)
                {
                    foreach (var angle in Angles(headDim, f, h, w))
                    {
                        (cos[at], sin[at]) = ((float)Math.Cos(angle), (float)Math.Sin(angle));
                        at++;
                    }
                }
            }
        }

        return (cos, sin);
    }

    private static void Fill(Span<double> section, int position)
    {
        for (var i = 0; i < section.Length; i++)
        {
            // The reference divides by the power; the order of operations decides the last bit.
            section[i] = position * (1.0 / Math.Pow(Theta, (double)(2 * i) / (2 * section.Length)));
        }
    }
}
