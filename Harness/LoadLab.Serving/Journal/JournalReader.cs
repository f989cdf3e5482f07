using System.Text.Json;
using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Serving.Journal;

/// <summary>One line of a journal after the first.</summary>
/// <param name="Line">Number in the file, from 1.</param>
/// <param name="Now">Its instant.</param>
/// <param name="Event">Set for an event.</param>
/// <param name="Decision">Set for a decision.</param>
/// <param name="Text">The line as read, without its end.</param>
public sealed record JournalEntry(int Line, long Sequence, Instant Now, ServingEvent? Event, Decision? Decision, ReadOnlyMemory<byte> Text);

/// <summary>
/// Reads decisions.jsonl line by line, so that its length does not matter. A last line without its end (a killed writer) is left out; anything else that is wrong
/// is an <see cref="InputException"/> naming file, line and field.
/// </summary>
public sealed class JournalReader : IDisposable
{
    private readonly LineReader _lines;
    private readonly string _file;
    private Instant _now = new(long.MinValue);

    private JournalReader(Stream stream, string file)
    {
        _file = file;
        _lines = new LineReader(stream, file);
        HeaderText = _lines.Next() ?? throw new InputException(new Problem(file, 1, "", null, "has no first line", "is it a decisions.jsonl?"));
        Header = Read(HeaderText, JournalText.Header);
    }

    /// <summary>Name for messages.</summary>
    public string File => _file;

    public JournalHeader Header { get; }

    /// <summary>Line 1 as read, without its end.</summary>
    public ReadOnlyMemory<byte> HeaderText { get; }

    /// <summary>Whether the last line was cut off; known once all entries were read.</summary>
    public bool Torn => _lines.Torn;

    public static JournalReader Open(string path)
    {
        try
        {
            return Open(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(new Problem(path, 0, "", null, "cannot be read", e.Message));
        }
    }

    /// <param name="stream">Owned: closed with the reader, or at once when line 1 is refused.</param>
    /// <param name="file">Name for messages.</param>
    public static JournalReader Open(Stream stream, string file)
    {
        try
        {
            return new JournalReader(stream, file);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The lines in order, to be read once.</summary>
    public IEnumerable<JournalEntry> Entries()
    {
        while (_lines.Next() is { } line)
        {
            yield return Entry(line);
        }
    }

    public void Dispose() => _lines.Dispose();

    private JournalEntry Entry(ReadOnlyMemory<byte> line) => Read(line, row =>
    {
        var now = row.At("at_ns");
        if (now < _now)
        {
            throw row.Bad("at_ns", "is before the line above");
        }

        _now = now;
        return row.Text("kind") switch
        {
            "event" => new JournalEntry(_lines.Number, row.Long("seq"), now, EventText.Read(row), null, line),
            "decision" => new JournalEntry(_lines.Number, row.Long("seq"), now, null, DecisionText.Read(row), line),
            _ => throw row.Bad("kind", "is not event or decision"),
        };
    });

    private T Read<T>(ReadOnlyMemory<byte> line, Func<JournalRow, T> read)
    {
        using var parsed = Parse(line);
        try
        {
            return read(new JournalRow(parsed.RootElement, _file, _lines.Number));
        }
        catch (InvalidOperationException e)
        {
            // The parser checks the bytes of a text only when it is read.
            throw new InputException(new Problem(_file, _lines.Number, "", null, "is not UTF-8", e.Message));
        }
    }

    private JsonDocument Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 8 });
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
            throw new JsonException("it is not an object");
        }
        catch (JsonException e)
        {
            throw new InputException(new Problem(_file, Math.Max(1, _lines.Number), "", null, "is not a JSON object", e.Message));
        }
    }
}
