using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Workload;

/// <summary>
/// The users of a closed loop: who may send its next call when. The engine and the simulation ask it alike. Calls take their numbers in the order in which they start. Not thread-safe.
/// </summary>
public sealed class ClosedUsers
{
    private readonly Schedule _schedule;
    private readonly PriorityQueue<int, (Instant At, int Turn)> _thinking = new();
    private int _turns;

    /// <param name="schedule">Of a closed loop.</param>
    public ClosedUsers(Schedule schedule)
    {
        _schedule = schedule;
        End = Instant.Zero + schedule.Length;
        for (var user = 0; user < schedule.ClosedUsers; user++)
        {
            Wait(Instant.Zero);
        }
    }

    /// <summary>Calls that have started: of a closed loop these are the planned ones once no more can start.</summary>
    public int Started { get; private set; }

    /// <summary>When the next call starts, as far as is known now: null while every user waits for an answer, and when no call is left or the load's length is over.</summary>
    public Instant? Next => Started < _schedule.Calls.Count && _thinking.TryPeek(out _, out var due) && due.At < End ? due.At : null;

    /// <summary>No call starts at or after it.</summary>
    public Instant End { get; }

    /// <summary>Whether no call can start any more, whatever answers come.</summary>
    public bool Over(Instant now) => Started == _schedule.Calls.Count || now >= End || (Next is null && _thinking.Count == _schedule.ClosedUsers);

    /// <summary>Starts the call that is due at <see cref="Next"/>.</summary>
    public ScheduledCall Start()
    {
        var at = Next ?? throw new InvalidOperationException("no call is due");
        _thinking.Dequeue();
        return _schedule.Calls[Started++] with { Intended = at };
    }

    /// <summary>The user of a call learnt of its end, however it ended, and pauses.</summary>
    public void Ended(int call, Instant now) => Wait(now + _schedule.Calls[call].Think!.Value);

    private void Wait(Instant until) => _thinking.Enqueue(0, (until, _turns++));
}
