using System.Text;
using System.Text.Json.Nodes;
using LoadLab.Model.Tokenizer;

namespace LoadLab.Model.Tests.Tokenizer;

public sealed class TokenizerFuzzTests(ITestOutputHelper output)
{
    private const int Mutations = 10_000;
    private const int Seed = 20260108;

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "1", "-1", "3", "1e999", "4294967296", "\"\"", "\"a\"", "\"▁\"", "\"\\ud800\"", "[]", "{}", "[0]",
        "{\"type\":\"Strip\"}", "{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"aaaa\"}", "\"first\"", "\"never\"", "[[\"a\",-1]]",
    ];

    [Fact]
    public void Reader_survives_ten_thousand_mutations_and_most_get_past_the_first_checks()
    {
        var valid = Encoding.UTF8.GetString(File().Bytes());
        var random = new Random(Seed);
        var (past, opened) = (0, 0);
        for (var i = 0; i < Mutations; i++)
        {
            var problem = Try(Encoding.UTF8.GetBytes(Mutate(valid, random)));
            past += problem is not null && problem.Contains("is not valid JSON", StringComparison.Ordinal) ? 0 : 1;
            opened += problem is null ? 1 : 0;
        }

        output.WriteLine($"seed {Seed}: {100.0 * past / Mutations:f1} % of {Mutations} mutations were JSON that could be checked; {100.0 * opened / Mutations:f1} % opened and encoded");
        Assert.True(past >= Mutations / 2);
        Assert.InRange(opened, Mutations / 20, Mutations - 1);
    }

    // Null when the file opened and encoded; any other exception than the documented one ends the test.
    private static string? Try(byte[] json)
    {
        try
        {
            var tokenizer = UnigramTokenizer.FromBytes(json, "mutated");
            var ids = tokenizer.Encode("A red fox, ﬁne é\u0301 <extra_id_0> 雪😀 <x>  a", 32);
            Assert.InRange(ids.Length, 1, 32);
            Assert.All(ids, id => Assert.InRange(id, 0, tokenizer.IdCount - 1));
            return null;
        }
        catch (TokenizerException e)
        {
            return e.Message;
        }
    }

    private static string Mutate(string valid, Random random)
    {
        for (var edits = random.Next(1, 4); edits > 0; edits--)
        {
            valid = random.Next(8) switch
            {
                0 => valid.Remove(random.Next(valid.Length), 1),
                1 => valid.Insert(random.Next(valid.Length), "\"{}[],:0"[random.Next(8)].ToString()),
                2 => Digit(valid, random),
                3 => Letter(valid, random),
                _ => Value(valid, random),
            };
        }

        return random.Next(50) == 0 ? valid[..random.Next(valid.Length)] : valid;
    }

    private static string Digit(string text, Random random) => Replace(text, random, char.IsAsciiDigit, () => (char)('0' + random.Next(10)));

    private static string Letter(string text, Random random) => Replace(text, random, char.IsAsciiLetter, () => (char)('a' + random.Next(26)));

    private static string Replace(string text, Random random, Func<char, bool> where, Func<char> by)
    {
        var from = random.Next(text.Length);
        var at = Enumerable.Range(0, text.Length).Select(i => (i + from) % text.Length).FirstOrDefault(i => where(text[i]), -1);
        return at < 0 ? text : $"{text[..at]}{by()}{text[(at + 1)..]}";
    }

    // Still JSON: another value somewhere in the tree, or a value taken away or given twice.
    private static string Value(string text, Random random)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(text);
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or ArgumentException)
        {
            return text;
        }

        var node = root;
        while (true)
        {
            try
            {
                switch (node)
                {
                    case JsonObject { Count: > 0 } o:
                        var key = o.ElementAt(random.Next(o.Count)).Key;
                        if (random.Next(3) > 0 && o[key] is JsonObject or JsonArray)
                        {
                            node = o[key];
                            continue;
                        }

                        o[key] = JsonNode.Parse(Values[random.Next(Values.Length)]);
                        return root!.ToJsonString();
                    case JsonArray { Count: > 0 } a:
                        var at = random.Next(a.Count);
                        if (random.Next(3) > 0 && a[at] is JsonObject or JsonArray)
                        {
                            node = a[at];
                            continue;
                        }

                        a[at] = random.Next(3) == 0 ? a[random.Next(a.Count)]?.DeepClone() : JsonNode.Parse(Values[random.Next(Values.Length)]);
                        return root!.ToJsonString();
                    default:
                        return text;
                }
            }
            catch (Exception e) when (e is InvalidOperationException or ArgumentException)
            {
                // An earlier edit left a key twice or a string that is no text.
                return text;
            }
        }
    }

    private static JsonObject File()
    {
        var map = Convert.ToBase64String(CharacterMapBytes.Of(("ﬁ", "fi"), ("\t", " ")));
        var normalizers = new JsonArray(
            new JsonObject { ["type"] = "Precompiled", ["precompiled_charsmap"] = map },
            new JsonObject { ["type"] = "Strip", ["strip_left"] = false, ["strip_right"] = true },
            new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["Regex"] = " {2,}" }, ["content"] = "▁" });
        return TokenizerJson.Of(("a", -2), ("▁a", -2.5), ("red", -3), ("▁", -4), ("fo", -5), ("<extra_id_0>", 0))
            .With("normalizer", new JsonObject { ["type"] = "Sequence", ["normalizers"] = normalizers })
            .With("pre_tokenizer", new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(new JsonObject { ["type"] = "WhitespaceSplit" }, TokenizerJson.Metaspace()) })
            .WithAdded(TokenizerJson.Added(9, "<extra_id_0>"), TokenizerJson.Added(10, "<x>", left: true, normalized: true));
    }
}
