using System.Buffers;
using System.Text;
using LoadLab.Core.Input;

namespace LoadLab.Engine.Targets.Protocols;

/// <summary>A body of kind multipart/form-data: fields with texts; a mapping or list as a value is sent as JSON text. What the schedule leaves open is left out.</summary>
internal sealed class MultipartTemplate
{
    private readonly string _boundary = "loadlab-" + Guid.NewGuid().ToString("N");
    private readonly List<(byte[] Head, TextTemplate? Text, JsonTemplate? Json)> _parts = [];

    public string ContentType => $"multipart/form-data; boundary={_boundary}";

    public static MultipartTemplate? Of(Node node, string field, ProtocolVariables variables, Problems problems)
    {
        if (Section.Open(node, field, problems) is not { } section)
        {
            return null;
        }

        var body = new MultipartTemplate();
        foreach (var entry in section.Entries)
        {
            body.Add(section, entry, variables);
        }

        return body;
    }

    /// <summary>The body of one call. Its boundary is drawn once; that a prompt holds its 128 bits by chance need not be feared.</summary>
    public byte[] Render(in CallValues values)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        foreach (var (head, text, json) in _parts)
        {
            if (text?.IsOpen(values) ?? json!.IsOpen(values))
            {
                continue;
            }

            buffer.Write(head);
            buffer.Write(text is null ? json!.Render(values) : Encoding.UTF8.GetBytes(text.Render(values)));
            buffer.Write("\r\n"u8);
        }

        buffer.Write(Encoding.ASCII.GetBytes($"--{_boundary}--\r\n"));
        return buffer.WrittenSpan.ToArray();
    }

    private void Add(Section section, MappingEntry entry, ProtocolVariables variables)
    {
        var field = section.PathOf(entry.Key);
        if (Secrets.IsField(entry.Key))
        {
            Secrets.Refuse(section.Problems, entry.Value, field);
            return;
        }

        if (entry.Key.Length is 0 or > 100 || !entry.Key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '[' or ']'))
        {
            section.Problems.Add(entry.Value, field, null, "is not a name for a form field", "write letters, digits, _, - and .");
            return;
        }

        var head = Encoding.ASCII.GetBytes($"--{_boundary}\r\nContent-Disposition: form-data; name=\"{entry.Key}\"\r\n\r\n");
        if (entry.Value is ScalarNode scalar)
        {
            if (TextTemplate.Parse(scalar, field, scalar.Text, variables, section.Problems) is { } text)
            {
                _parts.Add((head, text, null));
            }
        }
        else if (JsonTemplate.Of(entry.Value, field, variables, section.Problems) is { } json)
        {
            _parts.Add((head, null, json));
        }
    }
}
