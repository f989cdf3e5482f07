using System.Text.Json;

namespace LoadLab.Model.Tokenizer;

/// <summary>The file's <c>normalizer</c>: nothing, one step or a sequence of them.</summary>
internal sealed class NormalizerSteps
{
    private const int MaxSteps = 16;
    private const int MaxTextLength = 256;

    /// <summary>All steps together may not make a text more than this many times longer; NFKC alone may by 33.</summary>
    private const long MaxGrowth = 1024;

    private readonly List<ITextNormalizer> _steps = [];

    private NormalizerSteps()
    {
    }

    public static NormalizerSteps Read(JsonPart? normalizer)
    {
        var steps = new NormalizerSteps();
        if (normalizer is not { } part)
        {
            return steps;
        }

        steps.Add(part);
        var growth = steps._steps.Aggregate(1L, (product, step) => Math.Min(MaxGrowth + 1, product * step.Growth));
        if (growth > MaxGrowth)
        {
            part.Problem($"the steps together may make a text more than {MaxGrowth} times longer");
            steps._steps.Clear();
        }

        return steps;
    }

    public string Apply(string text) => _steps.Aggregate(text, (current, step) => step.Apply(current));

    private void Add(JsonPart part)
    {
        if (!part.Is(JsonValueKind.Object, "an object") || part.RequireText("type") is not { } type)
        {
            return;
        }

        switch (type)
        {
            case "Sequence":
                AddSequence(part);
                break;
            case "Precompiled":
                AddStep(part, ReadCharacterMap(part));
                break;
            case "Replace":
                AddStep(part, ReadReplacement(part));
                break;
            case "Strip":
                if (part.IsObjectOf("type", "strip_left", "strip_right"))
                {
                    AddStep(part, new SpaceStrip(part.Flag("strip_left", absent: true), part.Flag("strip_right", absent: true)));
                }

                break;
            default:
                part.Problem($"normalizer '{JsonPart.Cut(type)}' is not supported; known are Precompiled, Replace, Sequence, Strip");
                break;
        }
    }

    private void AddSequence(JsonPart part)
    {
        if (part.IsObjectOf("type", "normalizers") && part.Require("normalizers") is { } list && list.Is(JsonValueKind.Array, "an array"))
        {
            foreach (var item in list.Items())
            {
                Add(item);
            }
        }
    }

    private void AddStep(JsonPart part, ITextNormalizer? step)
    {
        if (_steps.Count == MaxSteps)
        {
            part.Problem($"is step {MaxSteps + 1}; the limit is {MaxSteps}");
        }
        else if (step is not null)
        {
            _steps.Add(step);
        }
    }

    private static CharacterMap? ReadCharacterMap(JsonPart part)
    {
        const string Field = "precompiled_charsmap";
        if (!part.IsObjectOf("type", Field) || part.Require(Field) is not { } value || !value.Is(JsonValueKind.String, "a string"))
        {
            return null;
        }

        if (!value.Element.TryGetBytesFromBase64(out var bytes))
        {
            value.Problem("is not valid base64");
            return null;
        }

        var map = CharacterMap.Read(bytes, out var problem);
        if (map is null)
        {
            value.Problem(problem);
        }

        return map;
    }

    private static TextReplacement? ReadReplacement(JsonPart part)
    {
        if (!part.IsObjectOf("type", "pattern", "content"))
        {
            return null;
        }

        var content = ReadBounded(part, "content");
        if (part.Require("pattern") is not { } pattern || !pattern.IsObjectOf("String", "Regex") || content is null)
        {
            return null;
        }

        if (pattern.Find("Regex") is { } regex)
        {
            if (regex.Element.ValueKind == JsonValueKind.String && regex.Element.ValueEquals(TextReplacement.SpaceRunPattern) && pattern.Find("String") is null)
            {
                return TextReplacement.OfSpaceRuns(content);
            }

            regex.Problem($"is {regex.Shown}; the only regular expression supported is \"{TextReplacement.SpaceRunPattern}\"");
            return null;
        }

        var text = ReadBounded(pattern, "String");
        if (text is "")
        {
            pattern.Problem("String is empty; it must hold the text to replace");
            return null;
        }

        return text is null ? null : TextReplacement.Of(text, content);
    }

    private static string? ReadBounded(JsonPart part, string field)
    {
        var text = part.RequireText(field);
        if (text is { Length: > MaxTextLength })
        {
            part.Problem($"{field} has {text.Length} characters; the limit is {MaxTextLength}");
            return null;
        }

        return text;
    }
}
