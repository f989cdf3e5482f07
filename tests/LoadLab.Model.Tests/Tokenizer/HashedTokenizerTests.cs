using LoadLab.Model.Tokenizer;

namespace LoadLab.Model.Tests.Tokenizer;

public sealed class HashedTokenizerTests
{
    private readonly HashedTokenizer _tokenizer = new(2048);

    // Pinned: these ids are part of what the small models' recorded results mean.
    [Fact]
    public void Ids_are_the_published_ones()
    {
        Assert.Equal([1439, 627, 563, 1476, 219, 1], _tokenizer.Encode("A red fox, jumping", 512));
    }

    [Fact]
    public void Words_are_cut_at_four_scalars_and_only_their_start_is_marked()
    {
        var ids = _tokenizer.Encode("mountain tain", 512);
        Assert.Equal(4, ids.Length);
        Assert.NotEqual(ids[1], ids[2]);
        Assert.Equal(1, ids[^1]);
        Assert.All(ids[..^1], id => Assert.InRange(id, 4, 2047));
    }

    [Fact]
    public void Scalars_outside_the_basic_plane_count_as_one()
    {
        Assert.Equal(2, _tokenizer.Encode("😀😀😀😀", 512).Length);
    }

    [Fact]
    public void Long_prompt_is_cut_with_its_end_token()
    {
        var ids = _tokenizer.Encode(string.Join(' ', Enumerable.Repeat("word", 600)), 512);
        Assert.Equal(512, ids.Length);
        Assert.Equal(1, ids[^1]);
        Assert.NotEqual(1, ids[^2]);
    }

    [Fact]
    public void Empty_prompt_is_the_end_token_alone()
    {
        Assert.Equal([1], _tokenizer.Encode(" \t\n", 512));
    }

    [Theory]
    [InlineData("  a \t\n b  ", "a b")]
    [InlineData("a &amp;amp; b", "a & b")]
    [InlineData("&amp;lt;b&amp;gt;", "<b>")]
    [InlineData("x&nbsp;y", "x y")]
    [InlineData("一　二", "一 二")]
    public void Prompt_is_unescaped_twice_and_its_spaces_collapsed(string prompt, string expected)
    {
        Assert.Equal(expected, PromptCleaner.Clean(prompt));
    }
}
