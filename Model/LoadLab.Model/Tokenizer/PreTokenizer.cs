using System.Text.Json;

namespace LoadLab.Model.Tokenizer;

/// <summary>
/// The file's <c>pre_tokenizer</c>: a text into the parts that are segmented by themselves. Spaces become the mark '▁', which is also put before
/// a part that has none, and a new part begins at every mark ("Metaspace"); before that the text may be split at whitespace
/// ("WhitespaceSplit").
/// </summary>
internal sealed class PreTokenizer
{
    private bool _splitAtWhitespace;
    private bool _hasMetaspace;
    private char _mark;
    private Prepend _prepend;
    private bool _splitAtMark;

    private PreTokenizer()
    {
    }

    private enum Prepend
    {
        Always,
        First,
        Never,
    }

    public static PreTokenizer? Read(JsonPart file)
    {
        if (file.Require("pre_tokenizer") is not { } part)
        {
            return null;
        }

        var result = new PreTokenizer();
        result.Add(part, inSequence: false);
        if (!result._hasMetaspace)
        {
            part.Problem("has no Metaspace; a sentencepiece vocabulary needs it");
        }

        return result;
    }

    /// <param name="text">Normalised text between two added tokens.</param>
    /// <param name="isFirst">Whether the text stands at the very beginning of the prompt.</param>
    public IEnumerable<string> Split(string text, bool isFirst)
    {
        if (!_splitAtWhitespace)
        {
            return text.Length == 0 ? [] : Parts(Marked(text, isFirst));
        }

        var startsWithWord = text.Length > 0 && !char.IsWhiteSpace(text[0]);
        return text
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany((word, index) => Parts(Marked(word, isFirst && index == 0 && startsWithWord)));
    }

    private string Marked(string text, bool isFirst)
    {
        var marked = text.Replace(' ', _mark);
        var prepend = _prepend == Prepend.Always || (_prepend == Prepend.First && isFirst);
        return prepend && marked[0] != _mark ? _mark + marked : marked;
    }

    private IEnumerable<string> Parts(string marked)
    {
        var from = 0;
        while (from < marked.Length)
        {
            var next = _splitAtMark ? marked.IndexOf(_mark, from + 1) : -1;
            var to = next < 0 ? marked.Length : next;
            yield return marked[from..to];
            from = to;
        }
    }

    private void Add(JsonPart part, bool inSequence)
    {
        if (!part.Is(JsonValueKind.Object, "an object") || part.RequireText("type") is not { } type)
        {
            return;
        }

        switch (type)
        {
            case "Sequence" when !inSequence:
                AddSequence(part);
                break;
            case "WhitespaceSplit" when !_hasMetaspace:
                _splitAtWhitespace = part.IsObjectOf("type");
                break;
            case "Metaspace" when !_hasMetaspace:
                ReadMetaspace(part);
                break;
            default:
                part.Problem($"pre-tokenizer '{JsonPart.Cut(type)}' is not supported here; known are Metaspace, alone or in a Sequence after WhitespaceSplit");
                break;
        }
    }

    private void AddSequence(JsonPart part)
    {
        if (part.IsObjectOf("type", "pretokenizers") && part.Require("pretokenizers") is { } list && list.Is(JsonValueKind.Array, "an array"))
        {
            foreach (var item in list.Items())
            {
                Add(item, inSequence: true);
            }
        }
    }

    private void ReadMetaspace(JsonPart part)
    {
        _hasMetaspace = true;
        if (!part.IsObjectOf("type", "replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep"))
        {
            return;
        }

        if (part.RequireText("replacement") is { } mark)
        {
            if (mark.Length != 1 || char.IsSurrogate(mark[0]))
            {
                part.Problem($"replacement is '{JsonPart.Cut(mark)}'; it must be one character, as a rule '▁'");
            }
            else
            {
                _mark = mark[0];
            }
        }

        _splitAtMark = part.Flag("split", absent: true);
        _prepend = ReadPrepend(part);
    }

    // Files before 2024 say add_prefix_space alone; later ones both, and then they must agree.
    private static Prepend ReadPrepend(JsonPart part)
    {
        var prefix = part.Flag("add_prefix_space", absent: true);
        if (part.Find("prepend_scheme") is not { } scheme)
        {
            return prefix ? Prepend.Always : Prepend.Never;
        }

        Prepend? named = scheme.Element.ValueKind != JsonValueKind.String ? null : scheme.Element.GetString() switch
        {
            "always" => Prepend.Always,
            "first" => Prepend.First,
            "never" => Prepend.Never,
            _ => null,
        };
        if (named is null)
        {
            scheme.Problem($"is {scheme.Shown}; it must be always, first or never");
        }
        else if (!prefix && named != Prepend.Never)
        {
            scheme.Problem($"is {scheme.Shown}, but add_prefix_space is false; they must agree");
        }

        return named ?? Prepend.Always;
    }
}
