using System.Text;
using System.Text.Json;

namespace LoadLab.Model.Tokenizer;

/// <summary>
/// The file's <c>added_tokens</c>: texts with ids of their own. A token that is also a piece has the piece's id; the others are numbered on from
/// the vocabulary in the order of the list. A file that says otherwise is refused: its own reader would give other ids than it states.
/// </summary>
internal sealed class AddedTokens
{
    /// <summary>Above any id that a vocabulary of <see cref="Vocabulary.MaxPieces"/> and its added tokens reach.</summary>
    public const int MaxId = 1 << 21;

    private const int MaxTokens = 100_000;
    private const int MaxTokenLength = 256;

    private readonly Dictionary<string, AddedToken> _plain = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AddedToken> _normalized = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AddedToken> _byContent = new(StringComparer.Ordinal);
    private int _nextId;

    private AddedTokens(int nextId) => _nextId = nextId;

    /// <summary>One past the largest id.</summary>
    public int IdCount => _nextId;

    public static AddedTokens Read(JsonPart? list, Vocabulary vocabulary, NormalizerSteps normalizer)
    {
        var tokens = new AddedTokens(vocabulary.Count);
        if (list is not { } part || !part.Is(JsonValueKind.Array, "an array"))
        {
            return tokens;
        }

        if (part.Element.GetArrayLength() > MaxTokens)
        {
            part.Problem($"has {part.Element.GetArrayLength()} tokens; the limit is {MaxTokens}");
            return tokens;
        }

        foreach (var item in part.Items())
        {
            if (ReadToken(item) is { } token)
            {
                tokens.Add(token, item, vocabulary, normalizer);
            }
        }

        return tokens;
    }

    public int? Find(string content) => _byContent.TryGetValue(content, out var token) ? token.Id : null;

    /// <summary>Finds the tokens that are looked for before normalisation.</summary>
    public AddedTokenFinder PlainFinder() => new(_plain);

    /// <summary>Finds the tokens that are looked for after normalisation.</summary>
    public AddedTokenFinder NormalizedFinder() => new(_normalized);

    private static AddedToken? ReadToken(JsonPart item)
    {
        if (!item.IsObjectOf("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"))
        {
            return null;
        }

        var id = item.RequireId("id", MaxId);
        var content = item.RequireText("content");
        if (content is { Length: 0 or > MaxTokenLength })
        {
            item.Problem($"content has {content.Length} characters; it must have 1 to {MaxTokenLength}");
            return null;
        }

        var special = item.Flag("special", absent: false);
        var token = new AddedToken(
            content ?? "",
            id ?? 0,
            item.Flag("single_word", absent: false),
            item.Flag("lstrip", absent: false),
            item.Flag("rstrip", absent: false),
            item.Flag("normalized", absent: !special));
        return id is null || content is null ? null : token;
    }

    private void Add(AddedToken token, JsonPart item, Vocabulary vocabulary, NormalizerSteps normalizer)
    {
        if (!_byContent.TryAdd(token.Content, token))
        {
            item.Problem($"content '{JsonPart.Cut(token.Content)}' stands already in the list; it must stand once");
            return;
        }

        var piece = vocabulary.Find(token.Content);
        var expected = piece < 0 ? _nextId++ : piece;
        if (token.Id != expected)
        {
            item.Problem($"id of '{JsonPart.Cut(token.Content)}' is {token.Id}; it must be {expected}, {(piece < 0 ? "the next after the vocabulary" : "its id in model.vocab")}");
            return;
        }

        var text = token.Normalized ? normalizer.Apply(token.Content) : token.Content;
        if (text.Length == 0 || !(token.Normalized ? _normalized : _plain).TryAdd(text, token))
        {
            item.Problem($"content '{JsonPart.Cut(token.Content)}' is '{JsonPart.Cut(text)}' when normalised; that must not be empty nor another token's");
        }
    }
}
