using LoadLab.Model.Tokenizer;

namespace LoadLab.Model.Tests.Tokenizer;

public sealed class CharacterMapTests(ITestOutputHelper output)
{
    private const int Seed = 20260107;

    [Theory]
    [InlineData("ﬁne", "fine")]
    [InlineData("Ａ！x", "A!x")]
    [InlineData("a\tb\u00adc", "a bc")]
    [InlineData("e\u0301a", "éa")]
    [InlineData("雪 😀", "雪 [smile]")]
    [InlineData("", "")]
    public void Keys_are_replaced_and_all_else_stays(string text, string expected)
    {
        var map = Read(("ﬁ", "fi"), ("Ａ", "A"), ("！", "!"), ("\t", " "), ("\u00ad", ""), ("e\u0301", "é"), ("😀", "[smile]"));
        Assert.Equal(expected, map.Apply(text));
    }

    // As Hugging Face tokenizers has it: the first key met in the cluster replaces all of it.
    [Fact]
    public void Shortest_key_replaces_the_whole_short_cluster()
    {
        var map = Read(("e", "E"), ("e\u0301", "é"));
        Assert.Equal("Ex", map.Apply("e\u0301x"));
    }

    [Fact]
    public void Cluster_of_six_bytes_is_taken_character_by_character()
    {
        var map = Read(("e\u0301\u0302", "?"), ("\u0302", "^"));
        Assert.Equal("?", map.Apply("e\u0301\u0302"));
        Assert.Equal("e\u0301\u0301^", map.Apply("e\u0301\u0301\u0302"));
    }

    [Fact]
    public void Zero_character_is_no_key()
    {
        Assert.Equal("\0b", Read(("a", "b")).Apply("\0a"));

        // The root's children lie at 1 XOR label: what stands at 1 is no node, whatever it says.
        uint[] units = [1u << 10, (1u << 8) | (1u << 30)];
        Assert.Equal("\0", CharacterMap.Read(CharacterMapBytes.Bytes(units, "b\0"u8.ToArray()), out _)!.Apply("\0"));
    }

    [Fact]
    public void Maps_agree_with_a_table_lookup_on_random_texts()
    {
        var random = new Random(Seed);
        string[] characters = ["a", "b", "é", "ß", "雪", "猫", "ﬁ", "😀", "𝒳", " "];
        for (var i = 0; i < 300; i++)
        {
            var table = characters.Where((_, index) => index == 0 || random.Next(2) == 0).ToDictionary(c => c, _ => string.Concat(random.GetItems(characters, random.Next(4))));
            var map = Read([.. table.Select(entry => (entry.Key, entry.Value))]);
            var text = random.GetItems(characters, random.Next(12));
            Assert.Equal(string.Concat(text.Select(c => table.GetValueOrDefault(c, c))), map.Apply(string.Concat(text)));
        }
    }

    [Theory]
    [InlineData(0, "has 0 bytes")]
    [InlineData(3, "has 3 bytes")]
    [InlineData(4, "states a trie of")]
    [InlineData(100, "states a trie of")]
    public void Cut_map_is_refused(int length, string expected)
    {
        Assert.Null(CharacterMap.Read(CharacterMapBytes.Of(("ab", "c")).AsSpan(0, length), out var problem));
        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Map_without_its_last_zero_byte_is_refused()
    {
        Assert.Null(CharacterMap.Read(CharacterMapBytes.Of(("ab", "c")).AsSpan()[..^1], out var problem));
        Assert.Equal("the replacements do not end with a zero byte; the map is cut", problem);
    }

    [Fact]
    public void Trie_size_that_is_no_multiple_of_a_unit_is_refused()
    {
        byte[] bytes = [6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.Null(CharacterMap.Read(bytes, out var problem));
        Assert.Contains("states a trie of 6 bytes", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Value_beyond_the_replacements_is_refused()
    {
        // The root's children lie at 1 XOR label; 'a' stands there with a value at unit 2, which points at byte 7.
        var units = new uint[256];
        units[0] = 1u << 10;
        units[1 ^ 'a'] = 'a' | (1u << 8) | ((uint)(1 ^ 'a' ^ 2) << 10);
        units[2] = (1u << 31) | 7;
        Assert.Null(CharacterMap.Read(CharacterMapBytes.Bytes(units, "b\0"u8.ToArray()), out var problem));
        Assert.Equal($"unit {1 ^ 'a'}: its replacement is at 7 of 2 bytes", problem);

        units[2] = 1u << 31;
        Assert.Equal("b", CharacterMap.Read(CharacterMapBytes.Bytes(units, "b\0"u8.ToArray()), out _)!.Apply("a"));

        units[2] = (1u << 31) | 1;
        Assert.Null(CharacterMap.Read(CharacterMapBytes.Bytes(units, "é\0"u8.ToArray()), out problem));
        Assert.EndsWith("begins inside a character", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Replacements_that_are_not_text_or_too_long_are_refused()
    {
        Assert.Null(CharacterMap.Read(CharacterMapBytes.Bytes([0], [0xFF, 0]), out var problem));
        Assert.Equal("the replacements are not valid UTF-8", problem);
        Assert.Null(CharacterMap.Read(CharacterMapBytes.Of(("a", new string('b', 257))), out problem));
        Assert.Equal("a replacement has 257 bytes; the limit is 256", problem);
    }

    [Fact]
    public void Mutated_maps_are_refused_or_work()
    {
        var valid = CharacterMapBytes.Of(("a", "b"), ("ab", "雪"), ("é", "e"), ("雪山", "x"));
        var random = new Random(Seed);
        var read = 0;
        const int Mutations = 10_000;
        for (var i = 0; i < Mutations; i++)
        {
            var bytes = (byte[])valid.Clone();
            for (var edits = random.Next(1, 6); edits > 0; edits--)
            {
                // Most units are unused; half of the edits hit one that is not.
                var at = random.Next(bytes.Length);
                while (random.Next(2) == 0 && bytes[at] == 0)
                {
                    at = random.Next(bytes.Length);
                }

                bytes[at] ^= (byte)(1 << random.Next(8));
            }

            var map = CharacterMap.Read(random.Next(10) == 0 ? bytes[..random.Next(bytes.Length)] : bytes, out var problem);
            Assert.Equal(map is null, problem.Length > 0);
            if (map is not null)
            {
                read++;
                map.Apply("aab雪山é\u0301é\0zü😀");
            }
        }

        output.WriteLine($"seed {Seed}: {100.0 * read / Mutations:f1} % of {Mutations} mutations were read");
        Assert.InRange(read, Mutations / 10, Mutations - 1);
    }

    private static CharacterMap Read(params (string Key, string Replacement)[] entries)
    {
        var map = CharacterMap.Read(CharacterMapBytes.Of(entries), out var problem);
        Assert.Equal("", problem);
        return map!;
    }
}
