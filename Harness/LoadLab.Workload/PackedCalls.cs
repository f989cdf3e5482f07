using System.Collections;
using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Workload;

/// <summary>
/// The calls of a schedule, 24 bytes each: what differs from call to call in a row, what many calls share in a table. Patience, and seeds above 32 bits, are 8 bytes more where
/// they occur; a prompt that nobody else asks is 16. A call is made anew each time it is asked for.
/// </summary>
internal sealed class PackedCalls : IReadOnlyList<ScheduledCall>
{
    private const int BlockBits = 14;
    private const int BlockRows = 1 << BlockBits;
    private const long None = long.MinValue;
    private readonly List<ScheduledCall> _kinds = [];
    private readonly Dictionary<ScheduledCall, int> _places = [];
    private readonly PackedPrompts _prompts;
    private readonly List<Block> _blocks = [];

    /// <param name="book">Where drawn prompts come from; null when every call brings its own.</param>
    public PackedCalls(PromptBook? book) => _prompts = new PackedPrompts(book);

    public int Count { get; private set; }

    public ScheduledCall this[int index]
    {
        get
        {
            ref readonly var row = ref RowOf(index);
            var kind = _kinds[row.Kind];
            var timed = kind.Think is null;
            return kind with
            {
                Index = index,
                Intended = timed ? new Instant(row.TimeNs) : Instant.Zero,
                Think = timed ? null : new Duration(row.TimeNs),
                CallSeed = _blocks[index >> BlockBits].Seeds?[index & (BlockRows - 1)] ?? row.Seed,
                Patience = PatienceOf(index),
                PromptHash = _prompts.HashOf(row.Prompt),
            };
        }
    }

    /// <summary>What calls have in common with others, each once, in order of first use.</summary>
    public IReadOnlyList<ScheduledCall> Kinds => _kinds;

    /// <summary>The intended time alone, without making the call.</summary>
    public Instant IntendedOf(int index) => new(RowOf(index).TimeNs);

    /// <summary>What the call has in common with others: all but index, time, seed, patience and prompt.</summary>
    public ScheduledCall KindOf(int index) => _kinds[RowOf(index).Kind];

    public Duration? PatienceOf(int index) => _blocks[index >> BlockBits].Patience is { } patience && patience[index & (BlockRows - 1)] is var time and not None ? new Duration(time) : null;

    public string PromptHashOf(int index) => _prompts.HashOf(RowOf(index).Prompt);

    public string PromptOf(int index) => _prompts.TextOf(RowOf(index).Prompt, index);

    /// <summary>Adds a call with a prompt of its own.</summary>
    public void Add(ScheduledCall call, string prompt) => Add(call, _prompts.Own(prompt, call.PromptHash));

    /// <summary>Adds a call whose prompt the book drew.</summary>
    public void Add(ScheduledCall call, long draw) => Add(call, _prompts.Drawn(draw, call.PromptHash));

    /// <summary>Gives back what was kept for calls that did not come.</summary>
    public void Trim()
    {
        if (Count > 0)
        {
            _blocks[^1].Resize(((Count - 1) & (BlockRows - 1)) + 1);
        }
    }

    public IEnumerator<ScheduledCall> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private ref readonly Row RowOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return ref _blocks[index >> BlockBits].Rows[index & (BlockRows - 1)];
    }

    private void Add(ScheduledCall call, uint prompt)
    {
        if (call.Index != Count || (call.Think is null && Count > 0 && call.Intended.Nanoseconds < RowOf(Count - 1).TimeNs))
        {
            throw new ArgumentException($"call {Count} is out of order", nameof(call));
        }

        var place = Count & (BlockRows - 1);
        if (place == 0)
        {
            _blocks.Add(new Block(Count == 0 ? 16 : BlockRows));
        }

        var block = _blocks[^1];
        if (place == block.Rows.Length)
        {
            block.Resize(place * 2);
        }

        Count++;
        block.Rows[place] = new Row { TimeNs = call.Think?.Nanoseconds ?? call.Intended.Nanoseconds, Seed = unchecked((uint)call.CallSeed), Kind = KindOf(call), Prompt = prompt };
        if (call.Patience is { } patience)
        {
            block.SetPatience(place, patience.Nanoseconds);
        }

        if (call.CallSeed != unchecked((uint)call.CallSeed) || block.Seeds is not null)
        {
            block.SetSeed(place, call.CallSeed);
        }
    }

    private int KindOf(ScheduledCall call)
    {
        var kind = call with { Index = 0, Intended = Instant.Zero, Think = call.Think is null ? null : Duration.Zero, CallSeed = 0, Patience = null, PromptHash = "" };
        if (!_places.TryGetValue(kind, out var place))
        {
            _places[kind] = place = _kinds.Count;
            _kinds.Add(kind);
        }

        return place;
    }

    private struct Row
    {
        public long TimeNs;
        public uint Seed;
        public int Kind;
        public uint Prompt;
    }

    /// <summary>Rows that stand together, so that no array grows to the size of the schedule and is copied.</summary>
    private sealed class Block(int rows)
    {
        public Row[] Rows { get; private set; } = new Row[rows];

        /// <summary>Null while no call of the block has one.</summary>
        public long[]? Patience { get; private set; }

        /// <summary>Null while every seed of the block fits its row.</summary>
        public long[]? Seeds { get; private set; }

        public void SetPatience(int place, long patience)
        {
            if (Patience is null)
            {
                Patience = new long[Rows.Length];
                Array.Fill(Patience, None);
            }

            Patience[place] = patience;
        }

        public void SetSeed(int place, long seed)
        {
            Seeds ??= [.. Rows.Select(row => (long)row.Seed)];
            Seeds[place] = seed;
        }

        public void Resize(int rows)
        {
            var before = Rows.Length;
            Rows = Sized(Rows, rows)!;
            Seeds = Sized(Seeds, rows);
            Patience = Sized(Patience, rows);
            if (Patience is not null && rows > before)
            {
                Array.Fill(Patience, None, before, rows - before);
            }
        }

        private static T[]? Sized<T>(T[]? values, int count)
        {
            if (values is not null)
            {
                Array.Resize(ref values, count);
            }

            return values;
        }
    }
}
