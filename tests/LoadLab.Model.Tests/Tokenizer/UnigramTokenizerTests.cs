using System.Text.Json.Nodes;
using LoadLab.Model.Tokenizer;

namespace LoadLab.Model.Tests.Tokenizer;

public sealed class UnigramTokenizerTests
{
    private const int Unknown = 3;

    // huggingface/transformers pull request 22626: the ids of umT5 for this text.
    [Fact]
    public void Known_example_of_umT5_has_its_ids()
    {
        var pieces = Enumerable.Range(4, 14165 - 4).Select(id => (Piece: $"filler {id}", Score: -15.0)).ToArray();
        foreach (var (id, piece) in new[] { (14164, "▁Wikipedia"), (339, "▁is"), (289, "▁a"), (273, "▁") })
        {
            pieces[id - 4] = (piece, -9);
        }

        var tokenizer = TokenizerJson.Of([.. pieces, ("<extra_id_1>", 0), ("<extra_id_0>", 0)])
            .WithAdded(TokenizerJson.Added(14166, "<extra_id_0>"), TokenizerJson.Added(14165, "<extra_id_1>"))
            .Open();
        Assert.Equal([14164, 339, 289, 273, 14166, 1], tokenizer.Encode("Wikipedia is a <extra_id_0>", 512));
        Assert.Equal(14167, tokenizer.IdCount);
    }

    [Fact]
    public void Long_prompt_is_cut_with_its_end_token()
    {
        var tokenizer = Words().Open();
        var ids = tokenizer.Encode(string.Join(' ', Enumerable.Repeat("red fox", 60_000)), 512);
        Assert.Equal(512, ids.Length);
        Assert.Equal([4, 5, 4], ids[..3]);
        Assert.Equal([4, 1], ids[^2..]);
        Assert.Equal([1], tokenizer.Encode("red", 1));
        Assert.Equal([4, 1], tokenizer.Encode("red fox", 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Encode("red", 0));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \t\n ")]
    public void Empty_prompt_is_the_end_token_alone(string prompt)
    {
        Assert.Equal([1], Words().Open().Encode(prompt, 512));
    }

    [Theory]
    [InlineData("  red \n\t fox ", new[] { 4, 5, 1 })]
    [InlineData("red&amp;nbsp;fox", new[] { 4, 5, 1 })]
    [InlineData("\u001b[31mred\u001b[0m fox\uFEFF", new[] { 4, 5, 1 })]
    [InlineData("ｒｅｄ ｆｏｘ", new[] { 4, 5, 1 })]
    public void Prompt_is_repaired_and_cleaned_first(string prompt, int[] expected)
    {
        Assert.Equal(expected, Words().Open().Encode(prompt, 512));
    }

    [Theory]
    [InlineData("always", true, "a b<x>a", new[] { 5, 7, 8, 5 })]
    [InlineData("first", true, "a b<x>a", new[] { 5, 7, 8, 4 })]
    [InlineData("never", true, "a b<x>a", new[] { 4, 7, 8, 4 })]
    [InlineData("first", true, "<x>a", new[] { 8, 4 })]
    [InlineData("always", true, "▁a", new[] { 5 })]
    [InlineData("always", true, "aa b", new[] { 5, 4, 7 })]
    [InlineData("always", false, "aa ba", new[] { 5, 9, 4 })]
    [InlineData("always", true, "<x> <x>", new[] { 8, 10, 8 })]
    public void Spaces_are_marked_by_the_scheme_of_the_file(string scheme, bool split, string text, int[] expected)
    {
        var file = TokenizerJson.Of(("a", -3), ("▁a", -3), ("b", -3), ("▁b", -3), ("<x>", 0), ("a▁b", -1), ("▁", -5))
            .With("pre_tokenizer", TokenizerJson.Metaspace(scheme, split))
            .WithAdded(TokenizerJson.Added(8, "<x>"));
        Assert.Equal(expected, file.Open().Ids(text));
    }

    [Theory]
    [InlineData("""{"type":"Metaspace","replacement":"▁","add_prefix_space":true}""", new[] { 5, 7 })]
    [InlineData("""{"type":"Metaspace","replacement":"▁","add_prefix_space":false}""", new[] { 4, 7 })]
    [InlineData("""{"type":"Metaspace","replacement":"▁","add_prefix_space":false,"prepend_scheme":"never","str_rep":"▁"}""", new[] { 4, 7 })]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Metaspace","replacement":"▁"}]}""", new[] { 5, 7 })]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"}]}""", new[] { 5, 6 })]
    public void Older_and_combined_pre_tokenizers_are_understood(string preTokenizer, int[] expected)
    {
        var file = TokenizerJson.Of(("a", -3), ("▁a", -3), ("b", -3), ("▁b", -3)).With("pre_tokenizer", JsonNode.Parse(preTokenizer));
        Assert.Equal(expected, file.Open().Ids("a b"));
    }

    [Theory]
    [InlineData("a<x>a", new[] { 4, 6, 4 })]
    [InlineData("a<x>>a", new[] { 4, 7, 4 })]
    [InlineData("<x<x>", new[] { Unknown, 6 })]
    [InlineData("a  [l]a", new[] { 4, 8, 4 })]
    [InlineData("[r]  a", new[] { 9, 4 })]
    [InlineData("ab", new[] { 10 })]
    [InlineData("ab ab_ab", new[] { 10, 5, 4, Unknown, 4, Unknown })]
    [InlineData("Q", new[] { 11 })]
    [InlineData("aQQ", new[] { 4, 11, 11 })]
    public void Added_tokens_are_found_before_all_else_the_longest_first(string text, int[] expected)
    {
        var file = TokenizerJson.Of(("a", -1), ("▁", -1), ("<x>", 0))
            .With("pre_tokenizer", TokenizerJson.Metaspace("never"))
            .With("normalizer", new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = "Q" }, ["content"] = "qu" })
            .WithAdded(
                TokenizerJson.Added(6, "<x>"),
                TokenizerJson.Added(7, "<x>>"),
                TokenizerJson.Added(8, "[l]", left: true),
                TokenizerJson.Added(9, "[r]", right: true),
                TokenizerJson.Added(10, "ab", singleWord: true),
                TokenizerJson.Added(11, "Q", normalized: true));
        Assert.Equal(expected, file.Open().Ids(text));
    }

    [Theory]
    [InlineData("""{"type":"Strip","strip_left":false,"strip_right":true}""", "a ", new[] { 4 })]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":false}""", " a ", new[] { 4, 5 })]
    [InlineData("""{"type":"Replace","pattern":{"Regex":" {2,}"},"content":"▁"}""", "a   a", new[] { 4, 5, 4 })]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"Replace","pattern":{"String":"x"},"content":"aa"},{"type":"Replace","pattern":{"String":"aaa"},"content":" "}]}""", "xaa", new[] { 5, 4 })]
    [InlineData("""{"type":"Sequence","normalizers":[]}""", "a", new[] { 4 })]
    public void Normalizers_run_in_their_order(string normalizer, string text, int[] expected)
    {
        var file = TokenizerJson.Of(("a", -1), ("▁", -1)).With("pre_tokenizer", TokenizerJson.Metaspace("never")).With("normalizer", JsonNode.Parse(normalizer));
        Assert.Equal(expected, file.Open().Ids(text));
    }

    [Fact]
    public void Character_map_of_the_file_is_applied()
    {
        var map = Convert.ToBase64String(CharacterMapBytes.Of(("É", "a"), ("ﬁ", "aa")));
        var file = TokenizerJson.Of(("a", -1), ("▁a", -1)).With("normalizer", new JsonObject { ["type"] = "Precompiled", ["precompiled_charsmap"] = map });
        Assert.Equal([5, 4, 4], file.Open().Ids("Éﬁ"));
    }

    [Fact]
    public void Every_problem_is_told_with_file_and_field()
    {
        var file = Words()
            .With("normalizer", new JsonObject { ["type"] = "NFKC" })
            .With("pre_tokenizer", new JsonObject { ["type"] = "ByteLevel" })
            .With("post_processor", null)
            .With("extra", 1);
        file["model"]!["unk_id"] = 99;
        file["model"]!["vocab"]!.AsArray().Add(new JsonArray("▁red", -2));
        Assert.Equal(
            [
                "tokenizer.json: field 'extra' is not supported; known are version, truncation, padding, added_tokens, normalizer, pre_tokenizer, post_processor, decoder, model",
                "tokenizer.json: normalizer: normalizer 'NFKC' is not supported; known are Precompiled, Replace, Sequence, Strip",
                "tokenizer.json: pre_tokenizer: pre-tokenizer 'ByteLevel' is not supported here; known are Metaspace, alone or in a Sequence after WhitespaceSplit",
                "tokenizer.json: pre_tokenizer: has no Metaspace; a sentencepiece vocabulary needs it",
                "tokenizer.json: post_processor: is missing",
                "tokenizer.json: model.unk_id: is 99; it must be a whole number from 0 to 7",
                "tokenizer.json: model.vocab[7]: piece '▁red' stands already at 4; a piece must stand once",
            ],
            file.Problems());
    }

    [Theory]
    [InlineData("[\"\", -1]", "the piece has 0 bytes")]
    [InlineData("[\"x\", \"NaN\"]", "must be [piece, score]")]
    [InlineData("[\"x\", 1e999]", "score 1e999 must lie within")]
    [InlineData("[\"x\", -1e10]", "score -1e10 must lie within")]
    [InlineData("[\"x\"]", "must be [piece, score]")]
    [InlineData("{\"x\":-1}", "must be [piece, score]")]
    public void Bad_piece_is_refused(string entry, string expected)
    {
        var file = System.Text.Encoding.UTF8.GetString(Words().Bytes()).Replace("[\"\\u2581red\",-3]", entry, StringComparison.Ordinal);
        var e = Assert.Throws<TokenizerException>(() => UnigramTokenizer.FromBytes(System.Text.Encoding.UTF8.GetBytes(file), "f"));
        Assert.StartsWith($"f: model.vocab[4]: {expected}", Assert.Single(e.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model", """{"type":"BPE","vocab":{},"merges":[]}""", "model: field 'merges' is not supported; known are type, unk_id, vocab, byte_fallback")]
    [InlineData("model", """{"type":"BPE","vocab":{}}""", "model: type is 'BPE'; only 'Unigram' is supported")]
    [InlineData("model", """{"type":"Unigram","unk_id":null,"vocab":[["a",-1]]}""", "model.unk_id: is missing")]
    [InlineData("model", """{"type":"Unigram","unk_id":0,"vocab":[]}""", "model.vocab: has 0 pieces; there must be 1 to 1000000")]
    [InlineData("model", "null", "model: is missing")]
    [InlineData("added_tokens", """[{"id":9,"content":"</s>"}]""", "added_tokens[0]: id of '</s>' is 9; it must be 1, its id in model.vocab")]
    [InlineData("added_tokens", """[{"id":9,"content":"<x>"}]""", "added_tokens[0]: id of '<x>' is 9; it must be 7, the next after the vocabulary")]
    [InlineData("added_tokens", """[{"id":7,"content":"<x>"},{"id":7,"content":"<x>"}]""", "added_tokens[1]: content '<x>' stands already in the list; it must stand once")]
    [InlineData("added_tokens", """[{"id":7,"content":"<x>","strip":true}]""", "added_tokens[0]: field 'strip' is not supported; known are id, content, single_word, lstrip, rstrip, normalized, special")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"▁","add_prefix_space":false,"prepend_scheme":"always"}""", "pre_tokenizer.prepend_scheme: is \"always\", but add_prefix_space is false; they must agree")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"__"}""", "pre_tokenizer: replacement is '__'; it must be one character, as a rule '▁'")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Regex":"a*"},"content":""}""", "normalizer.pattern.Regex: is \"a*\"; the only regular expression supported is \" {2,}\"")]
    [InlineData("normalizer", """{"type":"Precompiled","precompiled_charsmap":"?"}""", "normalizer.precompiled_charsmap: is not valid base64")]
    [InlineData("normalizer", """{"type":"Precompiled","precompiled_charsmap":"AAAA"}""", "normalizer.precompiled_charsmap: has 3 bytes; it must have 4 to 4194304")]
    [InlineData("post_processor", """{"type":"ByteLevel"}""", "post_processor: must be a TemplateProcessing whose single is Sequence A, then one SpecialToken, as in $A </s>")]
    public void Bad_part_is_refused(string field, string value, string expected)
    {
        Assert.Contains($"tokenizer.json: {expected}", Words().With(field, JsonNode.Parse(value)).Problems());
    }

    [Fact]
    public void Normalizers_that_multiply_a_text_are_refused()
    {
        var step = new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = "a" }, ["content"] = new string('a', 100) };
        var steps = new JsonArray(step, step.DeepClone());
        Assert.Equal(
            ["tokenizer.json: normalizer: the steps together may make a text more than 1024 times longer"],
            Words().With("normalizer", new JsonObject { ["type"] = "Sequence", ["normalizers"] = steps }).Problems());
    }

    [Fact]
    public void End_token_with_another_tokens_id_is_refused()
    {
        var file = Words();
        file["post_processor"]!["special_tokens"]!["</s>"]!["ids"] = new JsonArray(2);
        Assert.Equal(["tokenizer.json: post_processor.special_tokens: gives '</s>' the id 2, which is not its id among the tokens"], file.Problems());
    }

    [Fact]
    public void Many_problems_are_counted_past_the_first_twenty()
    {
        var file = Words();
        file["model"]!["vocab"] = new JsonArray([.. Enumerable.Repeat(0, 50).Select(JsonNode? (zero) => zero)]);
        var problems = file.Problems();
        Assert.Equal(21, problems.Count);
        Assert.Equal("tokenizer.json: and 30 more problems", problems[^1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"model\":1,\"model\":1}")]
    [InlineData("{\"version\":\"\\ud800\",\"normalizer\":{\"type\":\"\\ud800\"}}")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]")]
    public void File_that_is_no_tokenizer_is_refused(string json)
    {
        Assert.Throws<TokenizerException>(() => UnigramTokenizer.FromBytes(System.Text.Encoding.UTF8.GetBytes(json), "f"));
    }

    [Fact]
    public void File_is_found_in_a_checkpoint_folder_and_opened()
    {
        using var folder = new TemporaryFolder();
        Assert.Null(TokenizerFile.Find(folder.Path));
        foreach (var place in new[] { "google/umt5-xxl", "tokenizer", "." })
        {
            Directory.CreateDirectory(folder.File(place));
            var path = Path.Combine(folder.File(place), "tokenizer.json");
            File.WriteAllBytes(path, Words().Bytes());
            var found = TokenizerFile.Find(folder.Path);
            Assert.Equal(Path.GetFullPath(path), Path.GetFullPath(found!));
            Assert.Equal([4, 1], UnigramTokenizer.Open(found!).Encode("red", 512));
        }
    }

    [Fact]
    public void Missing_or_oversized_file_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("tokenizer.json");
        Assert.StartsWith($"{path}: cannot be read: ", Assert.Throws<TokenizerException>(() => UnigramTokenizer.Open(path)).Message, StringComparison.Ordinal);
        using (var file = File.Create(path))
        {
            file.SetLength((64 << 20) + 1);
        }

        Assert.Equal($"{path}: has 67108865 bytes; the limit is 67108864", Assert.Throws<TokenizerException>(() => UnigramTokenizer.Open(path)).Message);
    }

    private static JsonObject Words() => TokenizerJson.Of(("▁red", -3), ("▁fox", -3), ("▁", -5));
}
