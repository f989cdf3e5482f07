using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace LoadLab.Core;

/// <summary>
/// What is kept by number, where numbers are given in ascending order and most leave soon: each stands at its lowest bits, so that finding it is one look. One whose place is taken
/// by another, a number that has stayed for long as a rule, stands in a dictionary beside. Memory follows the most that were kept at once. One thread at a time.
/// </summary>
/// <typeparam name="T">What is kept; never null.</typeparam>
public sealed class NumberTable<T>
    where T : class
{
    private readonly Dictionary<long, T> _others = [];
    private Entry[] _entries = new Entry[16];

    /// <summary>Numbers kept.</summary>
    public int Count { get; private set; }

    /// <summary>All that is kept, in no order that means anything.</summary>
    public IEnumerable<T> Values => _entries.Where(entry => entry.Value is not null).Select(entry => entry.Value!).Concat(_others.Values);

    /// <summary>Null when nothing is kept under the number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T? Find(long number)
    {
        ref var entry = ref _entries[number & (_entries.Length - 1)];
        return entry.Number == number && entry.Value is { } value ? value : FindBeside(number);
    }

    /// <summary>As <see cref="Find"/>; throws <see cref="KeyNotFoundException"/> when nothing is kept under the number. Set, it takes the place of what was.</summary>
    public T this[long number]
    {
        get => Find(number) ?? throw new KeyNotFoundException($"nothing is kept under number {number}");
        set
        {
            Remove(number);
            TryAdd(number, value);
        }
    }

    /// <summary>False, and nothing changes, when something is kept under the number.</summary>
    public bool TryAdd(long number, T value)
    {
        if (Find(number) is not null)
        {
            return false;
        }

        while (_entries[number & (_entries.Length - 1)].Value is not null && Count >= _entries.Length / 2)
        {
            Widen();
        }

        ref var entry = ref _entries[number & (_entries.Length - 1)];
        if (entry.Value is null)
        {
            entry = new Entry { Number = number, Value = value };
        }
        else
        {
            _others.Add(number, value);
        }

        Count++;
        return true;
    }

    /// <summary>False when nothing is kept under the number.</summary>
    public bool Remove(long number, [NotNullWhen(true)] out T? value)
    {
        ref var entry = ref _entries[number & (_entries.Length - 1)];
        if (entry.Number == number && entry.Value is { } found)
        {
            (value, entry.Value) = (found, null);
        }
        else if (_others.Count == 0 || !_others.Remove(number, out value))
        {
            value = null;
            return false;
        }

        Count--;
        return true;
    }

    /// <inheritdoc cref="Remove(long, out T)"/>
    public bool Remove(long number) => Remove(number, out _);

    private T? FindBeside(long number) => _others.Count == 0 ? null : _others.GetValueOrDefault(number);

    /// <summary>Twice the places: two numbers that differed in their lowest bits still do.</summary>
    private void Widen()
    {
        var wider = new Entry[_entries.Length * 2];
        foreach (var entry in _entries)
        {
            if (entry.Value is not null)
            {
                wider[entry.Number & (wider.Length - 1)] = entry;
            }
        }

        _entries = wider;
    }

    private struct Entry
    {
        public long Number;

        /// <summary>Null while the place is free.</summary>
        public T? Value;
    }
}
