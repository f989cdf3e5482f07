using System.Text;
using LoadLab.Core.Input;

namespace LoadLab.Engine.Targets.Protocols;

/// <summary>
/// A text with placeholders, compiled once: <c>{{size}}</c>, with a default for what the schedule leaves open <c>{{steps|20}}</c>, in a form <c>{{seconds:int}}</c>,
/// <c>{{seconds:int:text}}</c>, <c>{{seed:u32}}</c>. A variable of the protocol is put in when it is compiled.
/// </summary>
internal sealed class TextTemplate
{
    private readonly IReadOnlyList<Part> _parts;

    private TextTemplate(IReadOnlyList<Part> parts) => _parts = parts;

    /// <summary>The text when nothing in it depends on the call; null otherwise.</summary>
    public string? Constant => _parts.All(part => part.Literal is not null) ? string.Concat(_parts.Select(part => part.Literal)) : null;

    /// <summary>One placeholder and nothing else, whose value is a number.</summary>
    public bool IsNumber => _parts is [{ IsNumber: true, AsText: false }];

    /// <summary>The first part, as far as it is fixed.</summary>
    public string Head => _parts is [{ Literal: { } literal }, ..] ? literal : "";

    public bool Uses(CallField field) => _parts.Any(part => part.Literal is null && part.Field == field);

    /// <summary>Whether it needs what a call may leave open, a job's id and a model aside: the one comes from the service, the other is asked of the scenario.</summary>
    public bool MayBeOpen => _parts.Any(part => part.IsMissing || (part.Literal is null && part.Default is null && part.Field is not (CallField.Model or CallField.Id or CallField.Seed or CallField.Call)));

    /// <summary>Null with a problem when malformed.</summary>
    /// <param name="node">Where it stands.</param>
    /// <param name="field">The path of its field, for problems.</param>
    /// <param name="text">As written.</param>
    /// <param name="variables">Names besides those of a call.</param>
    /// <param name="problems">Told what is wrong.</param>
    /// <param name="withId">Whether the job's id is known by then.</param>
    public static TextTemplate? Parse(Node node, string field, string text, ProtocolVariables variables, Problems problems, bool withId = false)
    {
        var parts = new List<Part>();
        for (var at = 0; at < text.Length;)
        {
            var open = text.IndexOf("{{", at, StringComparison.Ordinal);
            if (open != at)
            {
                parts.Add(Part.Of(text[at..(open < 0 ? text.Length : open)]));
                at = open < 0 ? text.Length : open;
                continue;
            }

            var close = text.IndexOf("}}", open, StringComparison.Ordinal);
            if (close < 0)
            {
                problems.Add(node, field, Shown(text), "opens a placeholder and does not close it", "write for example {{prompt}}");
                return null;
            }

            if (Placeholder(node, field, text[(open + 2)..close], variables, problems, withId) is not { } part)
            {
                return null;
            }

            parts.Add(part);
            at = close + 2;
        }

        return new TextTemplate(parts);
    }

    /// <summary>Whether the schedule leaves open what this needs.</summary>
    public bool IsOpen(in CallValues values)
    {
        foreach (var part in _parts)
        {
            if (part.IsMissing || (part.Literal is null && part.Default is null && values.IsOpen(part.Field)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The text of one call; only when it is not open.</summary>
    public string Render(in CallValues values)
    {
        if (_parts is [var only])
        {
            return only.Text(values);
        }

        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            text.Append(part.Text(values));
        }

        return text.ToString();
    }

    /// <summary>As a part of an address: what a call fills in is escaped; a model's name keeps its slashes, a job's id does not.</summary>
    public string RenderPath(in CallValues values)
    {
        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            var value = part.Text(values);
            text.Append(part.IsFixed ? value
                : part.Field == CallField.Id ? Uri.EscapeDataString(value)
                : string.Join('/', value.Split('/').Select(Uri.EscapeDataString)));
        }

        return text.ToString();
    }

    private static Part? Placeholder(Node node, string field, string inside, ProtocolVariables variables, Problems problems, bool withId)
    {
        var bar = inside.IndexOf('|', StringComparison.Ordinal);
        var fallback = bar < 0 ? null : inside[(bar + 1)..];
        var words = (bar < 0 ? inside : inside[..bar]).Split(':', StringSplitOptions.TrimEntries);
        var (form, asText) = (NumberForm.Plain, false);
        foreach (var word in words.Skip(1))
        {
            switch (word)
            {
                case "int":
                    form = NumberForm.Whole;
                    break;
                case "u32" when words[0] == "seed":
                    form = NumberForm.U32;
                    break;
                case "text":
                    asText = true;
                    break;
                default:
                    problems.Add(node, field, Shown(inside), "has a form that is not known", "write :int, :text or, of a seed, :u32");
                    return null;
            }
        }

        if (variables.Find(words[0]) is { } variable && words[0] != "fps")
        {
            var value = variable.Text is { Length: > 0 } given ? given : fallback;
            return value is null ? Part.Missing : Part.Of(value, isVariable: true) with { IsNumber = variable.IsNumber, AsText = asText };
        }

        if (!CallFields.ByName.TryGetValue(words[0], out var known) || (known == CallField.Id && !withId))
        {
            var names = CallFields.ByName.Keys.Where(name => name != "id" || withId).Concat(variables.Names).Distinct().Order(StringComparer.Ordinal);
            problems.Add(node, field, Shown(inside), "is not known to a placeholder", $"known here: {string.Join(", ", names)}");
            return null;
        }

        var isNumber = CallFields.IsNumber(known);
        if (isNumber && !asText && fallback is not null && !JsonLiteral.IsNumber(fallback))
        {
            problems.Add(node, field, Shown(inside), "has a default that is not a number", $"write for example {{{{{words[0]}|20}}}}");
            return null;
        }

        return new Part(null, known, form, fallback, isNumber, asText);
    }

    private static string Shown(string text) => text.Length <= 80 ? text : text[..80] + "...";

    private sealed record Part(string? Literal, CallField Field, NumberForm Form, string? Default, bool IsNumber, bool AsText)
    {
        /// <summary>A variable that nobody gave a value.</summary>
        public static readonly Part Missing = new(null, default, default, null, false, false) { IsMissing = true };

        public bool IsMissing { get; private init; }

        /// <summary>Written in the file itself, not filled in.</summary>
        public bool IsFixed { get; private init; }

        public static Part Of(string literal, bool isVariable = false) => new(literal, default, default, null, false, false) { IsFixed = !isVariable };

        public string Text(in CallValues values) => Literal ?? (values.IsOpen(Field) ? Default ?? "" : values.Text(Field, Form));
    }
}
