using System.Text.Json;

namespace LoadLab.Model.Tokenizer;

/// <summary>
/// The tokenizer of a real checkpoint, read from its tokenizer.json (the Hugging Face format) with a unigram model, as umT5 has it. A prompt is
/// repaired and cleaned as the reference does (<see cref="TextRepair"/>, <see cref="PromptCleaner"/>), cut at added tokens, normalised, split into
/// words, and each word is segmented into the pieces with the best scores. May be used by many threads at once.
/// <para>The file's truncation, padding, pair template and decoder are not used. Any other part that is not known is refused.</para>
/// </summary>
public sealed class UnigramTokenizer : ITokenizer
{
    /// <summary>Four times umT5's own file.</summary>
    private const int MaxFileBytes = 64 << 20;

    private const int MaxDepth = 16;

    private readonly AddedTokenFinder _plainTokens;
    private readonly NormalizerSteps _normalizer;
    private readonly AddedTokenFinder _normalizedTokens;
    private readonly PreTokenizer _preTokenizer;
    private readonly UnigramSegmenter _segmenter;
    private readonly int _endId;

    private UnigramTokenizer(Vocabulary vocabulary, AddedTokens added, NormalizerSteps normalizer, PreTokenizer preTokenizer, int endId)
    {
        _plainTokens = added.PlainFinder();
        _normalizer = normalizer;
        _normalizedTokens = added.NormalizedFinder();
        _preTokenizer = preTokenizer;
        _segmenter = new UnigramSegmenter(vocabulary);
        _endId = endId;
        IdCount = added.IdCount;
    }

    /// <summary>One past the largest id; a text encoder needs at least as many embedding rows.</summary>
    public int IdCount { get; }

    /// <summary>Opens a tokenizer.json.</summary>
    /// <exception cref="TokenizerException">The file cannot be read, or something in it is wrong or not supported; all problems are listed.</exception>
    public static UnigramTokenizer Open(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > MaxFileBytes)
            {
                throw new TokenizerException([$"{path}: has {file.Length} bytes; the limit is {MaxFileBytes}"]);
            }

            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return FromBytes(bytes, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerException([$"{path}: cannot be read: {e.Message}"]);
        }
    }

    /// <inheritdoc/>
    public int[] Encode(string prompt, int maxLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 1);
        return [.. Ids(PromptCleaner.Clean(TextRepair.Repair(prompt))).Take(maxLength - 1), _endId];
    }

    /// <param name="json">The bytes of the file.</param>
    /// <param name="file">Its name, for messages.</param>
    internal static UnigramTokenizer FromBytes(ReadOnlyMemory<byte> json, string file)
    {
        try
        {
            // Strings are decoded where they are read, so a broken one may be met anywhere below.
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
            return Read(new JsonPart(document.RootElement, "", new TokenizerProblems(file)));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new TokenizerException([$"{file}: is not valid JSON: {e.Message}"]);
        }
    }

    private static UnigramTokenizer Read(JsonPart file)
    {
        if (!file.IsObjectOf("version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model"))
        {
            file.Problems.ThrowIfAny();
        }

        var normalizer = NormalizerSteps.Read(file.Find("normalizer"));
        var preTokenizer = PreTokenizer.Read(file);
        var end = EndToken.Read(file);
        var vocabulary = file.Require("model") is { } model ? Vocabulary.Read(model) : null;
        var added = vocabulary is null ? null : AddedTokens.Read(file.Find("added_tokens"), vocabulary, normalizer);
        if (end is var (name, id) && added is not null && (added.Find(name) ?? vocabulary!.Find(name)) != id)
        {
            file.Problems.Add("post_processor.special_tokens", $"gives '{JsonPart.Cut(name)}' the id {id}, which is not its id among the tokens");
        }

        file.Problems.ThrowIfAny();
        return new UnigramTokenizer(vocabulary!, added!, normalizer, preTokenizer!, end!.Value.Id);
    }

    /// <summary>
    /// The ids of a text as it is, without repair, cleaning and end token. In the order of the format's own reader: added tokens as they stand, normalisation of
    /// what lies between, added tokens that are looked for in normalised text, words, pieces.
    /// </summary>
    internal IEnumerable<int> Ids(string text)
    {
        foreach (var (segment, segmentFrom, plainToken) in _plainTokens.Split(text))
        {
            if (plainToken is not null)
            {
                yield return plainToken.Id;
                continue;
            }

            foreach (var (part, from, token) in _normalizedTokens.Split(_normalizer.Apply(segment)))
            {
                var ids = token is not null ? [token.Id] : _preTokenizer.Split(part, isFirst: segmentFrom + from == 0).SelectMany(_segmenter.Encode);
                foreach (var id in ids)
                {
                    yield return id;
                }
            }
        }
    }
}
