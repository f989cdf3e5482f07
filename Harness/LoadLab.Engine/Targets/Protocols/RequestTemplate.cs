using System.Buffers;
using System.Net.Http.Headers;
using System.Text;
using LoadLab.Core.Input;

namespace LoadLab.Engine.Targets.Protocols;

/// <summary>One kind of request of a protocol: <c>request: POST v1/videos</c> with headers and a json or multipart body.</summary>
internal sealed class RequestTemplate
{
    private static readonly Dictionary<string, HttpMethod> s_methods = new(StringComparer.Ordinal)
    {
        ["GET"] = HttpMethod.Get,
        ["POST"] = HttpMethod.Post,
        ["PUT"] = HttpMethod.Put,
        ["PATCH"] = HttpMethod.Patch,
        ["DELETE"] = HttpMethod.Delete,
        ["HEAD"] = HttpMethod.Head,
    };

    private static readonly SearchValues<char> s_notInPaths = SearchValues.Create("\\#:\"<>");
    private (string Name, TextTemplate Value)[] _headers = [];
    private JsonTemplate? _json;
    private MultipartTemplate? _multipart;

    private RequestTemplate(HttpMethod method, TextTemplate path)
    {
        Method = method;
        Path = path;
    }

    public HttpMethod Method { get; }

    /// <summary>Below the service's address.</summary>
    public TextTemplate Path { get; }

    /// <summary>From a word (<c>GET v1/videos/{{id}}</c>) or a mapping with the field request; null with a problem when malformed.</summary>
    public static RequestTemplate? Bind(Node node, string field, ProtocolVariables variables, Problems problems, bool withId)
    {
        if (node is ScalarNode word)
        {
            return Line(word, field, variables, problems, withId);
        }

        if (Section.Open(node, field, problems) is not { } section)
        {
            return null;
        }

        var request = Bind(section, variables, withId);
        section.Close();
        return request;
    }

    /// <summary>From the fields request, headers, json and multipart of a section.</summary>
    public static RequestTemplate? Bind(Section section, ProtocolVariables variables, bool withId)
    {
        if (!section.Has("request"))
        {
            section.Missing("request", "a method and a path, for example POST v1/videos");
        }

        var request = section.Find("request") is { } line ? Line(line, section.PathOf("request"), variables, section.Problems, withId) : null;
        var headers = Headers(section, variables, withId);
        var json = section.Find("json") is { } body ? JsonTemplate.Of(body, section.PathOf("json"), variables, section.Problems, withId) : null;
        var multipart = section.Find("multipart") is { } parts ? MultipartTemplate.Of(parts, section.PathOf("multipart"), variables, section.Problems) : null;
        if (section.Has("json") && section.Has("multipart"))
        {
            section.Problems.Add(section.Find("multipart")!, section.PathOf("multipart"), null, "stands beside json", "keep one body");
        }

        if (request is not null)
        {
            (request._headers, request._json, request._multipart) = (headers, json, multipart);
        }

        return request;
    }

    /// <summary>The whole request of one call, ready to be sent.</summary>
    /// <param name="address">Where it goes.</param>
    /// <param name="values">Of the call.</param>
    public HttpRequestMessage Build(Uri address, in CallValues values)
    {
        var request = new HttpRequestMessage(Method, address);
        foreach (var (name, value) in _headers)
        {
            if (!value.IsOpen(values))
            {
                request.Headers.TryAddWithoutValidation(name, Clean(value.Render(values)));
            }
        }

        if (_json is not null)
        {
            request.Content = new ByteArrayContent(_json.Render(values));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        else if (_multipart is not null)
        {
            request.Content = new ByteArrayContent(_multipart.Render(values));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", _multipart.ContentType);
        }

        return request;
    }

    private static RequestTemplate? Line(Node node, string field, ProtocolVariables variables, Problems problems, bool withId)
    {
        var words = (node as ScalarNode)?.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (words.Length is 0 or > 2 || !s_methods.TryGetValue(words[0], out var method))
        {
            problems.Add(node, field, (node as ScalarNode)?.Text, "is not a request", "write a method and a path, for example GET v1/videos/{{id}}");
            return null;
        }

        var text = words.Length == 2 ? words[1].TrimStart('/') : "";
        if (Secrets.InQuery(text))
        {
            Secrets.Refuse(problems, node, field);
            return null;
        }

        var written = Written(text);
        if (text.Length > 1000 || written.Contains("..", StringComparison.Ordinal) || written.AsSpan().IndexOfAny(s_notInPaths) >= 0)
        {
            problems.Add(node, field, text, "is not a path below the service's address", "write for example v1/videos/{{id}}");
            return null;
        }

        if (TextTemplate.Parse(node, field, text, variables, problems, withId) is not { } path)
        {
            return null;
        }

        if (path.MayBeOpen)
        {
            problems.Add(node, field, text, "has a placeholder that may be left open", "give it a default, for example {{tier|standard}}, or its variable a value");
            return null;
        }

        return new RequestTemplate(method, path);
    }

    /// <summary>A path without its placeholders.</summary>
    private static string Written(string path) => string.Concat(path.Split("{{").Select((piece, index) => index == 0 ? piece : piece[Math.Max(0, piece.IndexOf("}}", StringComparison.Ordinal) + 2)..]));

    private static (string Name, TextTemplate Value)[] Headers(Section section, ProtocolVariables variables, bool withId)
    {
        var headers = new List<(string, TextTemplate)>();
        foreach (var entry in section.Child("headers")?.Entries ?? [])
        {
            var field = $"{section.PathOf("headers")}.{entry.Key}";
            if (Secrets.IsName(entry.Key) || entry.Value is ScalarNode { Text: var text } && Secrets.IsValue(text))
            {
                Secrets.Refuse(section.Problems, entry.Value, field);
            }
            else if (entry.Key.Length is 0 or > 100 || !entry.Key.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') || IsOurs(entry.Key) || entry.Value is not ScalarNode value)
            {
                section.Problems.Add(entry.Value, field, null, "is not a header that can be set", "write letters, digits and -, and one text; length, type and host are set by the request");
            }
            else if (TextTemplate.Parse(value, field, value.Text, variables, section.Problems, withId) is { } template)
            {
                headers.Add((entry.Key, template));
            }
        }

        return [.. headers];
    }

    private static bool IsOurs(string name) => name.ToLowerInvariant() is "host" or "connection" or "transfer-encoding" or "expect" or "upgrade" || name.StartsWith("content-", StringComparison.OrdinalIgnoreCase);

    /// <summary>A header is one line of plain characters, whatever a call fills in.</summary>
    private static string Clean(string value)
    {
        var text = new StringBuilder(value.Length);
        foreach (var c in value.AsSpan(0, Math.Min(value.Length, 1000)))
        {
            text.Append(c is >= ' ' and <= '~' ? c : '-');
        }

        return text.ToString();
    }
}
