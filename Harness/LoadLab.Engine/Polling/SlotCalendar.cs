using System.Numerics;
using LoadLab.Core;

namespace LoadLab.Engine.Polling;

/// <summary>
/// The near future cut into slots of one poll each, one bit a slot: however many want to ask, no stretch of time holds more polls than the rate allows. Who books in the order of the
/// times wanted waits as in a queue served in that order. Holds 131,072 slots (11 minutes at 200 a second, 16 KiB); what lies beyond is booked at the end. Not thread-safe.
/// </summary>
internal sealed class SlotCalendar(double ratePerSecond)
{
    private const int Slots = 1 << 17;
    private const int Words = Slots / 64;
    private readonly ulong[] _taken = new ulong[Words];
    private readonly double _slot = 1e9 / ratePerSecond;

    /// <summary>The first slot that has not begun.</summary>
    private long _from;

    public Instant TimeOf(long slot) => new((long)Math.Ceiling(slot * _slot));

    /// <summary>Takes the free slot nearest before <paramref name="wanted"/>, not before <paramref name="earliest"/>; otherwise the first free one after it.</summary>
    public long Book(Instant now, Instant earliest, Instant wanted)
    {
        Advance(now);
        var last = _from + Slots - 64;
        var at = Math.Clamp(SlotOf(wanted), _from, last);
        var low = Math.Clamp((long)Math.Ceiling(earliest.Nanoseconds / _slot), _from, at);
        var slot = FreeDown(at, low) ?? FreeUp(at, last);
        _taken[Word(slot)] |= 1UL << (int)(slot & 63);
        return slot;
    }

    private static int Word(long slot) => (int)((slot >> 6) & (Words - 1));

    private long SlotOf(Instant at) => (long)Math.Floor(at.Nanoseconds / _slot);

    private long? FreeDown(long at, long low)
    {
        for (var slot = at; slot >= low;)
        {
            // Bits at and below the slot, free ones set.
            var free = ~_taken[Word(slot)] << (63 - (int)(slot & 63));
            if (free != 0)
            {
                var found = slot - BitOperations.LeadingZeroCount(free);
                return found >= low ? found : null;
            }

            slot = (slot & ~63L) - 1;
        }

        return null;
    }

    private long FreeUp(long at, long last)
    {
        for (var slot = at; slot <= last;)
        {
            var free = ~_taken[Word(slot)] >> (int)(slot & 63);
            if (free != 0)
            {
                return slot + BitOperations.TrailingZeroCount(free);
            }

            slot = (slot | 63) + 1;
        }

        // All is booked: one more on the last slot keeps the order of magnitude.
        return last;
    }

    /// <summary>Forgets the slots that have begun.</summary>
    private void Advance(Instant now)
    {
        var to = (long)Math.Ceiling(now.Nanoseconds / _slot);
        if (to - _from >= Slots)
        {
            Array.Clear(_taken);
            _from = to;
        }

        while (_from < to)
        {
            var end = Math.Min(to, (_from | 63) + 1);
            var count = (int)(end - _from);
            var mask = count == 64 ? ulong.MaxValue : ((1UL << count) - 1) << (int)(_from & 63);
            _taken[Word(_from)] &= ~mask;
            _from = end;
        }
    }
}
