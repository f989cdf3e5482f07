using System.Buffers;
using System.Text.Json;
using LoadLab.Core;

namespace LoadLab.Serving.Journal;

/// <summary>Writes decisions.jsonl. Each row goes to the stream in one write as it is made; a row torn by a killed process is the last one. Not thread-safe: the core's thread writes.</summary>
public sealed class JournalWriter : IDisposable
{
    private readonly Stream _stream;
    private readonly ArrayBufferWriter<byte> _row = new(512);
    private readonly Utf8JsonWriter _json;
    private long _sequence;

    /// <param name="stream">Owned: closed with the writer. Unbuffered when rows must survive a killed process.</param>
    /// <param name="header">Line 1.</param>
    public JournalWriter(Stream stream, JournalHeader header)
    {
        _stream = stream;
        _json = new Utf8JsonWriter(_row, new JsonWriterOptions { SkipValidation = true });
        JournalText.Write(_json, header);
        EndRow();
    }

    /// <summary>A new file whose rows are handed to the operating system as they are written.</summary>
    public static JournalWriter Create(string path, JournalHeader header) =>
        new(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0), header);

    public void Write(Instant now, ServingEvent e)
    {
        StartRow(now, "event");
        EventText.Write(_json, e);
        _json.WriteEndObject();
        EndRow();
    }

    public void Write(Instant now, Decision d)
    {
        StartRow(now, "decision");
        DecisionText.Write(_json, d);
        _json.WriteEndObject();
        EndRow();
    }

    public void Dispose()
    {
        _json.Dispose();
        _stream.Dispose();
    }

    private void StartRow(Instant now, string kind)
    {
        _json.WriteStartObject();
        _json.WriteNumber("seq", ++_sequence);
        _json.WriteNumber("at_ns", now.Nanoseconds);
        _json.WriteString("kind", kind);
    }

    private void EndRow()
    {
        _json.Flush();
        _row.Write("\n"u8);
        _stream.Write(_row.WrittenSpan);
        _row.ResetWrittenCount();
        _json.Reset();
    }
}
