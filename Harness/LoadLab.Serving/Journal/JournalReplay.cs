using System.Text;
using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Serving.Journal;

/// <summary>What a replay found.</summary>
/// <param name="Events">Events fed.</param>
/// <param name="Decisions">Decisions of the journal that were compared.</param>
/// <param name="Identical">Whether every line came out byte for byte.</param>
/// <param name="FirstDifferenceLine">Line number of the first difference; null when identical.</param>
/// <param name="Expected">The journal's line there; empty when the journal ends or goes on with an event.</param>
/// <param name="Actual">The line that this core writes there; empty when it decides nothing more.</param>
/// <param name="Missing">Decisions that this core takes after the journal's last line: a writer killed between an event and its decisions left them out.</param>
/// <param name="Torn">Whether the journal's last line was cut off.</param>
public sealed record ReplayResult(int Events, int Decisions, bool Identical, int? FirstDifferenceLine, string Expected, string Actual, int Missing, bool Torn);

/// <summary>
/// Builds the core from a journal's first line, feeds it the journal's events at their instants and compares every line that it would write. No timer fires by itself.
/// </summary>
public static class JournalReplay
{
    /// <summary>Throws <see cref="InputException"/> for a journal that cannot be read.</summary>
    public static ReplayResult Verify(string path)
    {
        using var reader = JournalReader.Open(path);
        return Verify(reader);
    }

    public static ReplayResult Verify(JournalReader reader)
    {
        using var replay = new Replay(reader.Header);
        if (!replay.HeaderIs(reader.HeaderText))
        {
            return replay.Differs(1, reader.HeaderText, torn: false);
        }

        foreach (var entry in reader.Entries())
        {
            try
            {
                if (!replay.Matches(entry))
                {
                    return replay.Differs(entry.Line, entry.Text, reader.Torn);
                }
            }
            catch (Exception e) when (e is InvalidOperationException or OverflowException)
            {
                // The core's own invariants, broken by a file that no core wrote.
                throw new InputException(new Problem(reader.File, entry.Line, "", null, "cannot have happened", e.Message));
            }
        }

        return replay.Same(reader.Torn);
    }

    private sealed class Replay : IDisposable
    {
        private readonly MemoryStream _text = new();
        private readonly JournalWriter _writer;
        private readonly ServingCore _core;
        private readonly Queue<byte[]> _due = new();
        private readonly byte[] _header;
        private byte[] _actual = [];
        private int _events;
        private int _decisions;

        public Replay(JournalHeader header)
        {
            _core = header.CreateCore();
            _writer = new JournalWriter(_text, header with { Core = ServingCore.Version });
            _header = Take();
        }

        public bool HeaderIs(ReadOnlyMemory<byte> text)
        {
            _actual = _header;
            return text.Span.SequenceEqual(_header);
        }

        public bool Matches(JournalEntry entry)
        {
            if (entry.Decision is not null)
            {
                _decisions++;
                _actual = _due.TryDequeue(out var due) ? due : [];
                return entry.Text.Span.SequenceEqual(_actual);
            }

            if (_due.TryDequeue(out var missing))
            {
                _actual = missing;
                return false;
            }

            return Feed(entry.Now, entry.Event!, entry.Text);
        }

        public ReplayResult Same(bool torn) => new(_events, _decisions, true, null, "", "", _due.Count, torn);

        public ReplayResult Differs(int line, ReadOnlyMemory<byte> expected, bool torn) =>
            new(_events, _decisions, false, line, Encoding.UTF8.GetString(expected.Span), Encoding.UTF8.GetString(_actual), 0, torn);

        public void Dispose() => _writer.Dispose();

        private bool Feed(Instant now, ServingEvent e, ReadOnlyMemory<byte> text)
        {
            _events++;
            _writer.Write(now, e);
            _actual = Take();
            if (!text.Span.SequenceEqual(_actual))
            {
                return false;
            }

            foreach (var decision in _core.Handle(now, e))
            {
                _writer.Write(now, decision);
                _due.Enqueue(Take());
            }

            return true;
        }

        /// <summary>The line just written, without its end.</summary>
        private byte[] Take()
        {
            var line = _text.GetBuffer().AsSpan(0, (int)_text.Length - 1).ToArray();
            _text.SetLength(0);
            return line;
        }
    }
}
