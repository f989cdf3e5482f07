using LoadLab.Model.Tokenizer;

namespace LoadLab.Model.Tests.Tokenizer;

public sealed class UnigramSegmenterTests(ITestOutputHelper output)
{
    private const int Seed = 20260106;
    private const int Unknown = 3;

    // Every segmentation of short texts over a small alphabet, so that pieces, unknown characters and ties all occur often. Scores are multiples of 1/1024: sums are exact.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Segmentation_is_the_best_of_all(bool wholeScores)
    {
        var random = new Random(Seed);
        var (ties, unknowns) = (0, 0);
        for (var vocabulary = 0; vocabulary < 400; vocabulary++)
        {
            var letters = Alphabet[..random.Next(2, Alphabet.Length + 1)];
            var pieces = RandomPieces(random, letters, wholeScores);
            var tokenizer = Unsplit(pieces).Open();
            for (var i = 0; i < 10; i++)
            {
                var text = string.Concat(random.GetItems(letters, random.Next(1, 10)));
                var all = new EverySegmentation([.. TokenizerJson.Special, .. pieces], Unknown).Of(text);
                ties += all.Tied ? 1 : 0;
                unknowns += all.Ids.Contains(Unknown) ? 1 : 0;
                Assert.True(all.Ids.SequenceEqual(tokenizer.Ids(text)), $"seed {Seed}, vocabulary {vocabulary}, text '{text}': {string.Join(' ', tokenizer.Ids(text))} is not {string.Join(' ', all.Ids)}");
            }
        }

        output.WriteLine($"seed {Seed}: 4000 texts, {unknowns} with unknown characters, {ties} with several best segmentations");
        Assert.True(unknowns > 500);
        Assert.True(ties > (wholeScores ? 100 : 10));
    }

    [Fact]
    public void Of_equal_sums_the_one_whose_last_piece_is_longest_stays()
    {
        var tokenizer = Unsplit(("a", -1), ("b", -1), ("c", -1), ("ab", -2), ("bc", -2)).Open();
        Assert.Equal([4, 8], tokenizer.Ids("abc"));
        Assert.Equal([7], tokenizer.Ids("ab"));
    }

    // The example in the documentation of Hugging Face tokenizers' Unigram model: abcd, a, cd, xx.
    [Fact]
    public void Known_example_is_reproduced()
    {
        var tokenizer = Unsplit(("a", 0), ("b", 0), ("c", 0), ("d", 0), ("cd", 1), ("ab", 2), ("abc", 5), ("abcd", 10)).Open();
        Assert.Equal([11, 4, 8, Unknown], tokenizer.Ids("abcdacdxx"));
    }

    [Fact]
    public void Unknown_characters_side_by_side_are_one_id()
    {
        var tokenizer = Unsplit(("a", -1)).Open();
        Assert.Equal([Unknown, 4, Unknown], tokenizer.Ids("雪😀éaz"));
    }

    [Fact]
    public void Unknown_costs_ten_more_than_the_lowest_score()
    {
        // The lowest score is -20, so an unknown 'b' costs -30: 'a' and 'b' come to -20.5 or to -19.5, against the piece's -20.
        Assert.Equal([5], Unsplit(("a", 9.5), ("ab", -20)).Open().Ids("ab"));
        Assert.Equal([4, Unknown], Unsplit(("a", 10.5), ("ab", -20)).Open().Ids("ab"));
    }

    // Each unknown character is worth 20, the piece 30. Two unknown characters whose text is a piece that lost to them: the format's own reader gives the piece's id all the same.
    [Fact]
    public void Run_of_unknown_characters_that_is_a_piece_has_its_id()
    {
        var file = Unsplit();
        file["model"]!["vocab"] = TokenizerJson.Vocabulary([.. TokenizerJson.Special.Select(special => (special.Piece, 50.0)), ("bc", 30)]);
        Assert.Equal([4], file.Open().Ids("bc"));
        Assert.Equal([Unknown], file.Open().Ids("bcb"));
    }

    [Fact]
    public void Byte_fallback_writes_unknown_characters_as_bytes()
    {
        var bytes = Enumerable.Range(0, 256).Select(b => ($"<0x{b:X2}>", -20.0));
        var file = Unsplit([("a", -1), .. bytes]);
        file["model"]!["byte_fallback"] = true;
        Assert.Equal([4, 5 + 0xC3, 5 + 0xA9, 5 + 0xC3, 5 + 0xA8, 4], file.Open().Ids("aéèa"));
    }

    [Fact]
    public void Byte_fallback_without_the_piece_of_a_byte_is_unknown()
    {
        var file = Unsplit(("a", -1), ("<0xC3>", -20), ("<0xA9>", -20));
        file["model"]!["byte_fallback"] = true;
        Assert.Equal([5, 6, 4, Unknown], file.Open().Ids("éaè"));
    }

    // Every prefix of the text is a piece up to the longest allowed: the most work that a vocabulary can ask for.
    [Fact]
    public void Prompt_of_100_000_characters_in_one_part_is_segmented()
    {
        var pieces = Enumerable.Range(1, Vocabulary.MaxPieceBytes).Select(length => (new string('a', length), -1.0 - length)).ToArray();
        var ids = Unsplit(pieces).Open().Ids(new string('a', 100_000)).ToArray();
        Assert.Equal(100_000, ids.Sum(id => id - Unknown));
    }

    private static string[] Alphabet { get; } = ["a", "b", "c", "é", "雪"];

    private static System.Text.Json.Nodes.JsonObject Unsplit(params (string Piece, double Score)[] pieces) =>
        TokenizerJson.Of(pieces).With("pre_tokenizer", TokenizerJson.Metaspace("never", split: false));

    private static (string Piece, double Score)[] RandomPieces(Random random, string[] letters, bool wholeScores)
    {
        var texts = new HashSet<string>();
        for (var i = random.Next(1, 24); i > 0; i--)
        {
            texts.Add(string.Concat(random.GetItems(letters, random.Next(1, 5))));
        }

        return [.. texts.Select(text => (text, wholeScores ? random.Next(-4, 12) : random.Next(-12 * 1024, 12 * 1024) / 1024.0))];
    }
}
