using LoadLab.Model.Diffusion;

namespace LoadLab.Model.Tests.Diffusion;

public sealed class TokenTimestepsTests
{
    [Fact]
    public void Distinct_timesteps_are_kept_once_with_an_index_per_token()
    {
        var timesteps = TokenTimesteps.PerToken([0, 0, 733, 733, 0, 5]);
        Assert.Equal([0, 733, 5], timesteps.Distinct);
        Assert.Equal([0, 0, 1, 1, 0, 2], timesteps.RowIndex);
    }

    [Fact]
    public void One_timestep_for_all_tokens_needs_no_index()
    {
        var timesteps = TokenTimesteps.PerToken([9, 9, 9]);
        Assert.Equal([9], timesteps.Distinct);
        Assert.Empty(timesteps.RowIndex);
    }

    [Fact]
    public void Sinusoid_is_cosines_then_sines()
    {
        var row = TokenTimesteps.Common(2).Sinusoid(4);
        float[] expected = [MathF.Cos(2), MathF.Cos(0.02f), MathF.Sin(2), MathF.Sin(0.02f)];
        Assert.All(row.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-6f));
    }
}
