using System.Text.Json.Nodes;
using LoadLab.Model.Tokenizer;

namespace LoadLab.Model.Tests.Tokenizer;

/// <summary>A small tokenizer.json, changed part by part.</summary>
internal static class TokenizerJson
{
    public static (string Piece, double Score)[] Special { get; } = [("<pad>", 0), ("</s>", 0), ("<s>", 0), ("<unk>", 0)];

    /// <summary>The four special pieces of umT5, then these.</summary>
    public static JsonObject Of(params (string Piece, double Score)[] pieces) => new()
    {
        ["version"] = "1.0",
        ["truncation"] = null,
        ["padding"] = null,
        ["added_tokens"] = new JsonArray([.. Special.Select((special, id) => Added(id, special.Piece))]),
        ["normalizer"] = null,
        ["pre_tokenizer"] = Metaspace(),
        ["post_processor"] = Template(),
        ["decoder"] = Metaspace(),
        ["model"] = new JsonObject
        {
            ["type"] = "Unigram",
            ["unk_id"] = 3,
            ["vocab"] = Vocabulary([.. Special, .. pieces]),
            ["byte_fallback"] = false,
        },
    };

    public static JsonArray Vocabulary(params (string Piece, double Score)[] pieces) =>
        new([.. pieces.Select(p => new JsonArray(p.Piece, p.Score))]);

    public static JsonObject Metaspace(string scheme = "always", bool split = true) =>
        new() { ["type"] = "Metaspace", ["replacement"] = "▁", ["prepend_scheme"] = scheme, ["split"] = split };

    public static JsonObject Added(int id, string content, bool normalized = false, bool singleWord = false, bool left = false, bool right = false) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = singleWord,
        ["lstrip"] = left,
        ["rstrip"] = right,
        ["normalized"] = normalized,
        ["special"] = !normalized,
    };

    public static JsonObject Template() => new()
    {
        ["type"] = "TemplateProcessing",
        ["single"] = new JsonArray(
            new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 } },
            new JsonObject { ["SpecialToken"] = new JsonObject { ["id"] = "</s>", ["type_id"] = 0 } }),
        ["pair"] = new JsonArray(),
        ["special_tokens"] = new JsonObject { ["</s>"] = new JsonObject { ["id"] = "</s>", ["ids"] = new JsonArray(1), ["tokens"] = new JsonArray("</s>") } },
    };

    public static JsonObject With(this JsonObject file, string field, JsonNode? value)
    {
        file[field] = value;
        return file;
    }

    public static JsonObject WithAdded(this JsonObject file, params JsonObject[] tokens)
    {
        foreach (var token in tokens)
        {
            file["added_tokens"]!.AsArray().Add(token);
        }

        return file;
    }

    public static byte[] Bytes(this JsonObject file) => System.Text.Encoding.UTF8.GetBytes(file.ToJsonString());

    public static UnigramTokenizer Open(this JsonObject file) => UnigramTokenizer.FromBytes(file.Bytes(), "tokenizer.json");

    public static IReadOnlyList<string> Problems(this JsonObject file) => Assert.Throws<TokenizerException>(() => file.Open()).Problems;
}
