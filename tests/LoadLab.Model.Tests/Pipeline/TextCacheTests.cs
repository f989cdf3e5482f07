using LoadLab.Model.Pipeline;

namespace LoadLab.Model.Tests.Pipeline;

public sealed class TextCacheTests
{
    private const string Model = "m";

    // Three texts of one letter and ten values.
    private static readonly long s_three = 3 * TextCache.BytesOf("a", 10);

    private readonly List<string> _encoded = [];

    [Fact]
    public void A_text_is_encoded_once_while_it_is_kept()
    {
        var cache = new TextCache(s_three);
        var first = Get(cache, "a");
        Assert.Same(first, Get(cache, "a"));
        Assert.Equal(["a"], _encoded);
        Assert.Equal(new TextCacheFigures(Hits: 1, Misses: 1, Entries: 1, s_three / 3, s_three), cache.Figures);
    }

    [Fact]
    public void The_least_recently_used_goes_first()
    {
        var cache = new TextCache(s_three);
        foreach (var text in new[] { "a", "b", "c", "a", "d", "a", "b" })
        {
            Get(cache, text);
        }

        // d took the place of b, and b that of c.
        Assert.Equal(["a", "b", "c", "d", "b"], _encoded);
        Assert.Equal((3, s_three), (cache.Figures.Entries, cache.Figures.Bytes));
    }

    [Fact]
    public void A_large_text_takes_the_place_of_several_small_ones()
    {
        var cache = new TextCache(s_three);
        Get(cache, "a");
        Get(cache, "b");
        Get(cache, "c");
        Get(cache, "large", values: 40);
        Assert.Equal(2, cache.Figures.Entries);
        Get(cache, "c");
        Assert.Equal(1, cache.Figures.Hits);
    }

    [Fact]
    public void What_is_larger_than_the_cache_is_not_kept_and_drives_nothing_out()
    {
        var cache = new TextCache(s_three);
        Get(cache, "a");
        Get(cache, "huge", values: 1000);
        Get(cache, "a");
        Assert.Equal((1L, 1), (cache.Figures.Hits, cache.Figures.Entries));
    }

    [Fact]
    public void A_cache_of_no_bytes_keeps_nothing()
    {
        var cache = new TextCache(0);
        Get(cache, "a");
        Get(cache, "a");
        Assert.Equal(new TextCacheFigures(0, 2, 0, 0, 0), cache.Figures);
    }

    [Fact]
    public void Models_do_not_share_texts_and_go_alone()
    {
        var cache = new TextCache(s_three);
        var one = Get(cache, "a");
        Assert.NotSame(one, Get(cache, "a", model: "other"));
        cache.Clear(Model);
        Assert.Equal((1, s_three / 3), (cache.Figures.Entries, cache.Figures.Bytes));
        Get(cache, "a", model: "other");
        Assert.Equal(1, cache.Figures.Hits);
    }

    [Fact]
    public void A_text_that_fails_to_encode_leaves_the_cache_as_it_was()
    {
        var cache = new TextCache(s_three);
        Assert.Throws<IOException>(() => cache.Get(Model, "a", _ => throw new IOException()));
        Get(cache, "a");
        Assert.Equal(new TextCacheFigures(0, 2, 1, s_three / 3, s_three), cache.Figures);
    }

    private float[] Get(TextCache cache, string text, int values = 10, string model = Model) => cache.Get(model, text, asked =>
    {
        _encoded.Add(asked);
        return new float[values];
    });
}
