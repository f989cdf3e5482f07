using LoadLab.Core;
using LoadLab.Serving;

namespace LoadLab.Fleet;

/// <summary>Time as a queue of events: ties are ordered by the sequence in which they were set. Single-threaded.</summary>
public sealed class VirtualTimeline(Instant start) : ITimeline
{
    private readonly PriorityQueue<(long Id, ServingEvent Event), (Instant At, long Sequence)> _queue = new(Comparer<(Instant At, long Sequence)>.Create(Compare));
    private readonly HashSet<long> _live = [];
    private long _count;

    public Instant Now { get; private set; } = start;

    /// <summary>When the next event is due; null when there is none.</summary>
    public Instant? Next
    {
        get
        {
            while (_queue.TryPeek(out var head, out var key))
            {
                if (_live.Contains(head.Id))
                {
                    return key.At;
                }

                _queue.Dequeue();
            }

            return null;
        }
    }

    public TimerId Set(Instant at, ServingEvent e)
    {
        var id = _count++;
        _queue.Enqueue((id, e), (Instant.Max(at, Now), id));
        _live.Add(id);
        return new TimerId(id);
    }

    public void Cancel(TimerId id) => _live.Remove(id.Value);

    /// <summary>Takes the next event and moves the clock to it; null when there is none.</summary>
    public ServingEvent? Take()
    {
        if (Next is not { } at)
        {
            return null;
        }

        Now = at;
        var (id, e) = _queue.Dequeue();
        _live.Remove(id);
        return e;
    }

    /// <summary>Moves the clock to an event that comes from elsewhere; never past the next one here.</summary>
    public void MoveTo(Instant at)
    {
        if (at < Now || Next < at)
        {
            throw new InvalidOperationException($"the clock cannot go from {Now} s to {at} s");
        }

        Now = at;
    }

    private static int Compare((Instant At, long Sequence) a, (Instant At, long Sequence) b)
    {
        var byTime = a.At.CompareTo(b.At);
        return byTime != 0 ? byTime : a.Sequence.CompareTo(b.Sequence);
    }
}
