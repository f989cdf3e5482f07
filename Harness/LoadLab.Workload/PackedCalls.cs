using System.Collections;
using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Workload;

/// <summary>
/// The calls of a schedule, 48 bytes each: what differs from call to call in a row, what many calls share in a table. A call is made anew each time it is asked for.
/// </summary>
internal sealed class PackedCalls : IReadOnlyList<ScheduledCall>
{
    private const long None = long.MinValue;
    private readonly List<ScheduledCall> _templates = [];
    private readonly Dictionary<ScheduledCall, int> _places = [];
    private readonly List<string> _prompts = [];
    private readonly Dictionary<string, long> _promptPlaces = new(StringComparer.Ordinal);
    private readonly PromptBook? _book;
    private Row[] _rows;

    /// <param name="capacity">Calls expected; more may come.</param>
    /// <param name="book">Where drawn prompts come from; null when every call brings its own.</param>
    public PackedCalls(int capacity, PromptBook? book)
    {
        _rows = new Row[Math.Max(16, capacity)];
        _book = book;
    }

    public int Count { get; private set; }

    public ScheduledCall this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            ref readonly var row = ref _rows[index];
            var template = _templates[row.Template];
            var timed = template.Think is null;
            return template with
            {
                Index = index,
                Intended = timed ? new Instant(row.TimeNs) : Instant.Zero,
                Think = timed ? null : new Duration(row.TimeNs),
                CallSeed = row.Seed,
                Patience = row.PatienceNs == None ? null : new Duration(row.PatienceNs),
                PromptHash = row.PromptHash == 0 ? "" : row.PromptHash.ToString("x16", CultureInfo.InvariantCulture),
            };
        }
    }

    /// <summary>The intended time alone, without making the call.</summary>
    public Instant IntendedOf(int index) => new(_rows[index].TimeNs);

    public string PromptOf(int index)
    {
        var draw = _rows[index].Prompt;
        return draw < 0 ? _prompts[(int)~draw] : _book!.Text(index, draw);
    }

    /// <summary>Adds a call with a prompt of its own.</summary>
    public void Add(ScheduledCall call, string prompt)
    {
        if (!_promptPlaces.TryGetValue(prompt, out var place))
        {
            _promptPlaces[prompt] = place = ~(long)_prompts.Count;
            _prompts.Add(prompt);
        }

        Add(call, place);
    }

    /// <summary>Adds a call whose prompt the book drew.</summary>
    public void Add(ScheduledCall call, long draw)
    {
        if (call.Index != Count || (call.Think is null && Count > 0 && call.Intended.Nanoseconds < _rows[Count - 1].TimeNs))
        {
            throw new ArgumentException($"call {Count} is out of order", nameof(call));
        }

        if (Count == _rows.Length)
        {
            Array.Resize(ref _rows, _rows.Length + (_rows.Length / 2));
        }

        _rows[Count++] = new Row
        {
            TimeNs = call.Think?.Nanoseconds ?? call.Intended.Nanoseconds,
            PatienceNs = call.Patience?.Nanoseconds ?? None,
            Seed = call.CallSeed,
            PromptHash = call.PromptHash.Length == 0 ? 0 : ulong.Parse(call.PromptHash, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            Prompt = draw,
            Template = Template(call),
        };
    }

    /// <summary>Gives back what was kept for calls that did not come.</summary>
    public void Trim() => Array.Resize(ref _rows, Count);

    public IEnumerator<ScheduledCall> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int Template(ScheduledCall call)
    {
        var template = call with { Index = 0, Intended = Instant.Zero, Think = call.Think is null ? null : Duration.Zero, CallSeed = 0, Patience = null, PromptHash = "" };
        if (!_places.TryGetValue(template, out var place))
        {
            _places[template] = place = _templates.Count;
            _templates.Add(template);
        }

        return place;
    }

    private struct Row
    {
        public long TimeNs;
        public long PatienceNs;
        public long Seed;
        public ulong PromptHash;
        public long Prompt;
        public int Template;
    }
}
