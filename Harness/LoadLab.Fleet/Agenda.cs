using LoadLab.Core;

namespace LoadLab.Fleet;

/// <summary>What the simulated world does by itself, unseen by the serving core: nodes that are given back, messages that come back. Ties in the order in which they were set.</summary>
internal sealed class Agenda
{
    private readonly SortedDictionary<(Instant At, long Number), Action> _due = new(Comparer<(Instant At, long Number)>.Create(Compare));
    private long _count;

    /// <summary>When something is next due; null when nothing is.</summary>
    public Instant? Next => _due.Count > 0 ? First.At : null;

    private (Instant At, long Number) First
    {
        get
        {
            using var keys = _due.GetEnumerator();
            keys.MoveNext();
            return keys.Current.Key;
        }
    }

    public AgendaEntry Set(Instant at, Action act)
    {
        var entry = new AgendaEntry(at, _count++);
        _due.Add((at, entry.Number), act);
        return entry;
    }

    /// <summary>Nothing when it is done already.</summary>
    public void Cancel(AgendaEntry entry) => _due.Remove((entry.At, entry.Number));

    /// <summary>Does what is next due; the clock stands at it.</summary>
    public void Run()
    {
        var key = First;
        _due.Remove(key, out var act);
        act!();
    }

    private static int Compare((Instant At, long Number) a, (Instant At, long Number) b)
    {
        var byTime = a.At.CompareTo(b.At);
        return byTime != 0 ? byTime : a.Number.CompareTo(b.Number);
    }
}

internal readonly record struct AgendaEntry(Instant At, long Number);
