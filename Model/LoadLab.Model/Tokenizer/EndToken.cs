using System.Text.Json;

namespace LoadLab.Model.Tokenizer;

/// <summary>The file's <c>post_processor</c>: the id that ends every prompt. Only "the text, then one end token" is supported, as umT5 has it.</summary>
internal static class EndToken
{
    private const string Expected = "must be a TemplateProcessing whose single is Sequence A, then one SpecialToken, as in $A </s>";

    /// <summary>Name and id of the end token. Null when there is a problem.</summary>
    public static (string Name, int Id)? Read(JsonPart file)
    {
        if (file.Require("post_processor") is not { } part)
        {
            return null;
        }

        if (!part.IsObjectOf("type", "single", "pair", "special_tokens") || part.RequireText("type") is not { } type)
        {
            return null;
        }

        if (type != "TemplateProcessing" || ReadName(part) is not { } name)
        {
            part.Problem(Expected);
            return null;
        }

        return ReadId(part, name) is { } id ? (name, id) : null;
    }

    private static string? ReadName(JsonPart part)
    {
        if (part.Find("single") is not { } single || single.Element.ValueKind != JsonValueKind.Array || single.Element.GetArrayLength() != 2)
        {
            return null;
        }

        return NameIn(single.Element[0], "Sequence") == "A" ? NameIn(single.Element[1], "SpecialToken") : null;
    }

    private static string? NameIn(JsonElement item, string kind) =>
        item.ValueKind == JsonValueKind.Object
        && item.TryGetProperty(kind, out var content)
        && content.ValueKind == JsonValueKind.Object
        && content.TryGetProperty("id", out var id)
        && id.ValueKind == JsonValueKind.String
            ? id.GetString()
            : null;

    private static int? ReadId(JsonPart part, string name)
    {
        if (part.Require("special_tokens") is not { } tokens || !tokens.Is(JsonValueKind.Object, "an object") || tokens.Require(name) is not { } token)
        {
            return null;
        }

        if (!token.IsObjectOf("id", "ids", "tokens") || token.Require("ids") is not { } ids || !ids.Is(JsonValueKind.Array, "an array of one id"))
        {
            return null;
        }

        if (ids.Element.GetArrayLength() == 1)
        {
            return ids.Items().First().Id(AddedTokens.MaxId);
        }

        ids.Problem($"has {ids.Element.GetArrayLength()} ids; it must have one");
        return null;
    }
}
