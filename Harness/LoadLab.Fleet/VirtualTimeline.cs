using System.Runtime.CompilerServices;
using LoadLab.Core;
using LoadLab.Serving;

namespace LoadLab.Fleet;

/// <summary>
/// Time as a queue of events: ties are ordered by the sequence in which they were set. Single-threaded. A heap of four children over places that are used again: a timer's
/// number tells its place and how often that was used before, so that cancelling one that has passed does nothing.
/// </summary>
public sealed class VirtualTimeline(Instant start) : ITimeline
{
    private const int Children = 4;
    private const int Gone = -1;

    private Entry[] _heap = new Entry[64];
    private Place[] _places = new Place[64];
    private int _count;
    private int _used;
    private int _unused = Gone;
    private long _sequence;

    public Instant Now { get; private set; } = start;

    /// <summary>When the next event is due; null when there is none.</summary>
    public Instant? Next => _count > 0 ? _heap[0].At : null;

    public TimerId Set(Instant at, ServingEvent e)
    {
        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, _count * 2);
            Array.Resize(ref _places, _count * 2);
        }

        var place = _unused;
        if (place == Gone)
        {
            place = _used++;
        }
        else
        {
            _unused = _places[place].At;
        }

        _places[place].Event = e;
        Rise(_count++, new Entry(Instant.Max(at, Now), _sequence++, place));
        return new TimerId(((long)_places[place].Uses << 32) | (uint)place);
    }

    public void Cancel(TimerId id)
    {
        var place = (int)(uint)id.Value;
        if (place < _used && _places[place].Event is not null && _places[place].Uses == (int)(id.Value >> 32))
        {
            Remove(_places[place].At);
        }
    }

    /// <summary>Takes the next event and moves the clock to it; null when there is none.</summary>
    public ServingEvent? Take()
    {
        if (_count == 0)
        {
            return null;
        }

        Now = _heap[0].At;
        var e = _places[_heap[0].Place].Event;
        Remove(0);
        return e;
    }

    /// <summary>Moves the clock to an event that comes from elsewhere; never past the next one here.</summary>
    public void MoveTo(Instant at)
    {
        if (at < Now || (_count > 0 && _heap[0].At < at))
        {
            throw new InvalidOperationException($"the clock cannot go from {Now} s to {at} s");
        }

        Now = at;
    }

    private void Remove(int index)
    {
        var place = _heap[index].Place;
        _places[place] = new Place { At = _unused, Uses = unchecked(_places[place].Uses + 1) & int.MaxValue };
        _unused = place;
        var last = _heap[--_count];
        if (index == _count)
        {
            return;
        }

        if (index > 0 && last.Before(_heap[(index - 1) / Children]))
        {
            Rise(index, last);
        }
        else
        {
            Sink(index, last);
        }
    }

    private void Rise(int index, in Entry entry)
    {
        while (index > 0)
        {
            var parent = (index - 1) / Children;
            if (!entry.Before(_heap[parent]))
            {
                break;
            }

            Put(index, _heap[parent]);
            index = parent;
        }

        Put(index, entry);
    }

    private void Sink(int index, in Entry entry)
    {
        while (true)
        {
            var first = (index * Children) + 1;
            if (first >= _count)
            {
                break;
            }

            var least = first;
            var end = Math.Min(first + Children, _count);
            for (var child = first + 1; child < end; child++)
            {
                least = _heap[child].Before(_heap[least]) ? child : least;
            }

            if (!_heap[least].Before(entry))
            {
                break;
            }

            Put(index, _heap[least]);
            index = least;
        }

        Put(index, entry);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Put(int index, in Entry entry)
    {
        _heap[index] = entry;
        _places[entry.Place].At = index;
    }

    /// <param name="At">When it is due.</param>
    /// <param name="Sequence">Order among those of one instant.</param>
    /// <param name="Place">Where its event is.</param>
    private readonly record struct Entry(Instant At, long Sequence, int Place)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool Before(in Entry other) => At.Nanoseconds < other.At.Nanoseconds || (At.Nanoseconds == other.At.Nanoseconds && Sequence < other.Sequence);
    }

    private struct Place
    {
        /// <summary>Null while it is not used.</summary>
        public ServingEvent? Event;

        /// <summary>Its entry in the heap; while it is not used, the next place that is not.</summary>
        public int At;

        /// <summary>How often it was used before.</summary>
        public int Uses;
    }
}
