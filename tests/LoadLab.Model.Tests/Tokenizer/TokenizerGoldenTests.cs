using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoadLab.Model.Tests.Tokenizer;

/// <summary>Ids that sentencepiece and Hugging Face tokenizers give: tests/golden/tokenizer/README.md.</summary>
public sealed class TokenizerGoldenTests
{
    private const int End = 1;

    private static readonly JsonObject Golden = Read("ids.json");
    private static readonly string[] Texts = Golden["texts"].Deserialize<string[]>()!;

    public static TheoryData<string> Variants => [.. Golden["variants"]!.AsArray().Select(variant => (string)variant!["name"]!)];

    public static TheoryData<string> Models => [.. Golden["sentencepiece"]!.AsArray().Select(model => (string)model!["file"]!)];

    [Theory]
    [MemberData(nameof(Variants))]
    public void Ids_are_those_of_hugging_face_tokenizers(string name)
    {
        var variant = Golden["variants"]!.AsArray().Single(v => (string)v!["name"]! == name)!;
        var file = Read((string)variant["file"]!);
        foreach (var (field, value) in variant["replace"]!.AsObject())
        {
            file[field] = value?.DeepClone();
        }

        Compare(file, variant["ids"].Deserialize<int[][]>()!, Texts.Length);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Ids_of_plain_lines_are_those_of_sentencepiece(string name)
    {
        var model = Golden["sentencepiece"]!.AsArray().Single(m => (string)m!["file"]! == name)!;
        Compare(Read(name), model["ids"].Deserialize<int[][]>()!, 130);
    }

    private static void Compare(JsonObject file, int[][] expected, int count)
    {
        var tokenizer = file.Open();
        Assert.Equal(count, expected.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            int[] ids = [.. tokenizer.Ids(Texts[i]), End];
            Assert.True(ids.SequenceEqual(expected[i]), $"text {i}, {JsonSerializer.Serialize(Texts[i])}: {string.Join(' ', ids)} is not {string.Join(' ', expected[i])}");
        }
    }

    private static JsonObject Read(string name) => JsonNode.Parse(File.ReadAllBytes(Checkout.At("tests", "golden", "tokenizer", name)))!.AsObject();
}
