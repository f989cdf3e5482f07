namespace LoadLab.Model.Diffusion;

/// <summary>The timesteps of a forward pass: the distinct ones, and for each token of the batch which one it has.</summary>
internal sealed record TokenTimesteps(float[] Distinct, int[] RowIndex)
{
    /// <summary>One timestep for every token: evaluated once, broadcast.</summary>
    public static TokenTimesteps Common(float timestep) => new([timestep], []);

    /// <summary>One timestep per token (B*L values), as image conditioning gives them.</summary>
    public static TokenTimesteps PerToken(ReadOnlySpan<float> timesteps)
    {
        var distinct = new List<float>();
        var index = new int[timesteps.Length];
        for (var i = 0; i < index.Length; i++)
        {
            index[i] = distinct.IndexOf(timesteps[i]);
            if (index[i] < 0)
            {
                index[i] = distinct.Count;
                distinct.Add(timesteps[i]);
            }
        }

        return distinct.Count == 1 ? Common(distinct[0]) : new TokenTimesteps([.. distinct], index);
    }

    /// <summary>Sinusoid rows (distinct, width): all cosines first, then all sines, of t * 10000^(-j / (width/2)); float64, then rounded.</summary>
    public float[] Sinusoid(int width)
    {
        var half = width / 2;
        var rows = new float[Distinct.Length * width];
        for (var r = 0; r < Distinct.Length; r++)
        {
            for (var j = 0; j < half; j++)
            {
                var angle = Distinct[r] * Math.Pow(10000, -(double)j / half);
                rows[(r * width) + j] = (float)Math.Cos(angle);
                rows[(r * width) + half + j] = (float)Math.Sin(angle);
            }
        }

        return rows;
    }
}
