using LoadLab.Model.Diffusion;

namespace LoadLab.Model.Tests.Diffusion;

public sealed class TextGroupTests
{
    [Fact]
    public void Neighbours_with_the_same_prompt_share_rows_and_padding_is_one_row()
    {
        float[] two = [1, 2, 3, 4];
        float[] one = [5, 6];
        var groups = TextGroup.Of([two, one, one, two], textDim: 2, textLength: 4);
        Assert.Equal([(0, 1), (1, 2), (3, 1)], groups.Select(group => (group.First, group.Count)));
        Assert.Equal([1, 2, 3, 4, 0, 0], groups[0].Values);
        Assert.Equal([5, 6, 0, 0], groups[1].Values);
        Assert.Equal((3, 2), (groups[0].Rows, groups[0].Padding));
    }

    [Fact]
    public void Padding_row_weighs_as_much_as_the_rows_it_stands_for()
    {
        var bias = TextGroup.Of([[1, 2]], textDim: 2, textLength: 6)[0].Bias(heads: 2, queries: 1);
        Assert.Equal([0, MathF.Log(5), 0, MathF.Log(5)], Assert.IsType<float[]>(bias));
    }

    [Fact]
    public void Prompt_that_fills_the_text_length_has_no_padding()
    {
        var group = TextGroup.Of([[1, 2, 3, 4]], textDim: 2, textLength: 2)[0];
        Assert.Equal((2, 0), (group.Rows, group.Padding));
        Assert.Null(group.Bias(heads: 1, queries: 1));
    }

    [Fact]
    public void More_text_than_the_network_takes_is_refused()
    {
        Assert.Throws<ArgumentException>(() => TextGroup.Of([new float[10]], textDim: 2, textLength: 4));
    }
}
