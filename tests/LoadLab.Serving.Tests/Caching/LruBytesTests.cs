using LoadLab.Core;
using LoadLab.Serving.Caching;

namespace LoadLab.Serving.Tests.Caching;

public class LruBytesTests
{
    private const int Prompts = 3000;
    private const int EntryBytes = 1000;

    [Fact]
    public void Least_recently_used_entry_goes_first()
    {
        var cache = new LruBytes<string>(20);
        Assert.False(cache.Touch("a", 10));
        Assert.False(cache.Touch("b", 10));
        Assert.True(cache.Touch("a", 10));
        Assert.False(cache.Touch("c", 10));
        Assert.True(cache.Touch("a", 10));
        Assert.False(cache.Touch("b", 10));
        Assert.Equal((2, 4, 2, 2, 20), (cache.Hits, cache.Misses, cache.Evictions, cache.Count, cache.Bytes));
    }

    [Fact]
    public void Large_entry_drives_out_as_many_as_it_needs()
    {
        var cache = new LruBytes<int>(30);
        cache.Touch(1, 10);
        cache.Touch(2, 10);
        cache.Touch(3, 10);
        Assert.False(cache.Touch(4, 15));
        Assert.Equal((2, 2, 25), (cache.Evictions, cache.Count, cache.Bytes));
        Assert.True(cache.Touch(3, 10));
        Assert.True(cache.Touch(4, 15));
    }

    [Fact]
    public void Entry_larger_than_the_whole_is_not_kept_and_drives_nothing_out()
    {
        var cache = new LruBytes<int>(30);
        cache.Touch(1, 30);
        Assert.False(cache.Touch(2, 31));
        Assert.False(cache.Touch(2, 31));
        Assert.True(cache.Touch(1, 30));
        Assert.Equal((1, 0), (cache.Count, cache.Evictions));
        Assert.False(new LruBytes<int>(0).Touch(1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Touch(3, 0));
    }

    /// <summary>One prompt twice in a row, one that comes back after two others, one that never comes back: distances counted by hand.</summary>
    [Fact]
    public void Stack_distances_are_what_one_counts_by_hand() =>
        Assert.Equal([null, 1, null, null, 3, 2, null, 4], StackDistances([0, 0, 1, 2, 0, 2, 3, 1], 4));

    /// <summary>
    /// Mattson, Gecsei, Slutz, Traiger 1970: a cache of c equal entries hits exactly the accesses whose stack distance (different prompts since the last use of this
    /// one, itself included) is at most c.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(64)]
    [InlineData(300)]
    [InlineData(1000)]
    [InlineData(Prompts)]
    public void Hits_of_a_Zipf_stream_are_those_of_its_stack_distances(int entries)
    {
        var stream = ZipfStream(20_000, 1.1, new Seed(42));
        var cache = new LruBytes<int>((entries * (long)EntryBytes) + EntryBytes - 1);
        long most = 0;
        foreach (var prompt in stream)
        {
            cache.Touch(prompt, EntryBytes);
            most = Math.Max(most, cache.Bytes);
        }

        var distances = StackDistances(stream, Prompts);
        Assert.Equal(distances.Count(distance => distance <= entries), cache.Hits);
        Assert.Equal(stream.Length, cache.Hits + cache.Misses);
        Assert.Equal(entries == 0 ? 0 : cache.Misses - cache.Evictions, cache.Count);
        Assert.InRange(most, 0, entries * (long)EntryBytes);
    }

    [Fact]
    public void Entries_of_many_sizes_never_hold_more_than_the_bound()
    {
        var chance = new Seed(9).Stream("sizes");
        var cache = new LruBytes<int>(10_000);
        foreach (var prompt in ZipfStream(20_000, 1.1, new Seed(8)))
        {
            cache.Touch(prompt, 1 + chance.NextInt(11_000));
            Assert.InRange(cache.Bytes, 0, 10_000);
        }

        Assert.True(cache.Hits > 0);
        Assert.True(cache.Evictions > 0);
    }

    /// <summary>Popularity of rank r is proportional to r^-s.</summary>
    private static int[] ZipfStream(int count, double s, Seed seed)
    {
        var upTo = new double[Prompts];
        var sum = 0.0;
        for (var rank = 0; rank < Prompts; rank++)
        {
            upTo[rank] = sum += Math.Pow(rank + 1, -s);
        }

        var chance = seed.Stream("prompts");
        var stream = new int[count];
        for (var i = 0; i < count; i++)
        {
            var at = Array.BinarySearch(upTo, chance.NextDouble() * sum);
            stream[i] = Math.Min(at < 0 ? ~at : at + 1, Prompts - 1);
        }

        return stream;
    }

    /// <summary>A Fenwick tree holds a one at the last position of each prompt; the ones from there to now are the distance. Null = never seen before. Shares nothing with a list of entries.</summary>
    private static int?[] StackDistances(int[] stream, int prompts)
    {
        var tree = new int[stream.Length + 1];
        var last = new int[prompts];
        Array.Fill(last, -1);
        var distances = new int?[stream.Length];
        for (var now = 0; now < stream.Length; now++)
        {
            var before = last[stream[now]];
            if (before >= 0)
            {
                distances[now] = Ones(tree, now) - Ones(tree, before);
                Add(tree, before, -1);
            }

            Add(tree, now, 1);
            last[stream[now]] = now;
        }

        return distances;
    }

    private static void Add(int[] tree, int position, int by)
    {
        for (var i = position + 1; i < tree.Length; i += i & -i)
        {
            tree[i] += by;
        }
    }

    /// <summary>Ones at positions before this one.</summary>
    private static int Ones(int[] tree, int position)
    {
        var sum = 0;
        for (var i = position; i > 0; i -= i & -i)
        {
            sum += tree[i];
        }

        return sum;
    }
}
