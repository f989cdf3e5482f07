namespace LoadLab.Core.Tests;

public class NumberTableTests
{
    [Fact]
    public void Number_given_is_found_until_it_leaves()
    {
        var table = new NumberTable<string>();

        Assert.Null(table.Find(0));
        Assert.True(table.TryAdd(0, "zero"));
        Assert.False(table.TryAdd(0, "again"));
        table[0] = "another";
        Assert.Equal("another", table[0]);
        Assert.Equal(1, table.Count);
        Assert.True(table.Remove(0, out var left));
        Assert.Equal("another", left);
        Assert.False(table.Remove(0));
        Assert.Null(table.Find(0));
        Assert.Throws<KeyNotFoundException>(() => table[0]);
    }

    [Fact]
    public void Number_that_stays_keeps_its_place_from_none_that_follow()
    {
        var table = new NumberTable<string>();
        table.TryAdd(0, "stays");
        for (var number = 1L; number <= 1000; number++)
        {
            Assert.True(table.TryAdd(number, $"passes {number}"));
            Assert.Equal($"passes {number}", table.Find(number));
            Assert.Equal(2, table.Count);
            Assert.True(table.Remove(number));
        }

        Assert.Equal("stays", table.Find(0));
    }

    [Fact]
    public void Number_beside_is_known_after_the_one_in_its_place_left()
    {
        var table = new NumberTable<string>();
        table.TryAdd(1024, "first");
        table.TryAdd(0, "beside");
        table.Remove(1024);

        Assert.Equal("beside", table.Find(0));
        Assert.False(table.TryAdd(0, "again"));
        Assert.Equal(["beside"], table.Values);
        Assert.True(table.Remove(0));
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void Numbers_at_random_are_those_of_a_dictionary()
    {
        var (table, expected, draws) = (new NumberTable<string>(), new Dictionary<long, string>(), new RandomStream(new Seed(7)));
        for (var i = 0; i < 20_000; i++)
        {
            // Ascending with some far ahead, as those that a broker delivers again.
            long number = (i / 4) + draws.NextInt(300) + (draws.NextInt(5) == 0 ? 1_000_000 : 0);
            if (draws.NextInt(2) == 0)
            {
                Assert.Equal(expected.TryAdd(number, $"{number}"), table.TryAdd(number, $"{number}"));
            }
            else
            {
                Assert.Equal(expected.Remove(number), table.Remove(number));
            }

            Assert.Equal(expected.GetValueOrDefault(number), table.Find(number));
            Assert.Equal(expected.Count, table.Count);
        }

        Assert.Equal(expected.Values.Order(StringComparer.Ordinal), table.Values.Order(StringComparer.Ordinal));
    }
}
