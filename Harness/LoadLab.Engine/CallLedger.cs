using System.Diagnostics;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Guards;

namespace LoadLab.Engine;

/// <summary>
/// The books of a run: every planned call ends here once, is written as it ends, and the sum is checked at the close. Thread-safe.
/// </summary>
internal sealed class CallLedger(IReadOnlyList<ScheduledCall> planned, CallsWriter calls, GuardWatch guard)
{
    private readonly Lock _gate = new();
    private readonly bool[] _ended = Play.Touched<bool>(planned.Count);
    private readonly int[] _outcomes = new int[Enum.GetValues<Outcome>().Length];
    private readonly Histogram _lateness = new();
    private readonly RecentLatency _recent = new();
    private int _sent;
    private int _ends;

    public int Sent => Volatile.Read(ref _sent);

    public int Ended => Volatile.Read(ref _ends);

    /// <summary>
    /// Books the next call as sent, unless a guard says why not. For the dispatch thread alone, and without the lock: whoever holds it is writing to a file.
    /// </summary>
    public string? TrySend(Instant now, int due)
    {
        var refusal = guard.BeforeSend(now, _sent, _sent - Volatile.Read(ref _ends), due);
        Volatile.Write(ref _sent, _sent + (refusal is null ? 1 : 0));
        return refusal;
    }

    /// <summary>Writes the row of a call that ended; nothing happens when it had ended before. Returns what a guard says of going on.</summary>
    public string? End(CallRecord record)
    {
        lock (_gate)
        {
            if (_ended[record.Call])
            {
                return null;
            }

            Book(record);
            Volatile.Write(ref _ends, _ends + 1);
            return guard.AfterEnd(record, Sent - _ends);
        }
    }

    /// <summary>Ends what has not ended, and checks that every planned call has exactly one outcome.</summary>
    /// <param name="count">Of the planned calls, from the first: fewer than all in a closed loop whose length ended it.</param>
    /// <param name="unfinished">The row of a call without an end.</param>
    public IReadOnlyDictionary<Outcome, int> Close(int count, Func<ScheduledCall, CallRecord> unfinished)
    {
        lock (_gate)
        {
            for (var i = 0; i < count; i++)
            {
                if (!_ended[i])
                {
                    Book(unfinished(planned[i]));
                }
            }

            if (_outcomes.Sum() != count)
            {
                throw new UnreachableException($"{count} calls were planned and {_outcomes.Sum()} ended");
            }

            return Enum.GetValues<Outcome>().ToDictionary(outcome => outcome, outcome => _outcomes[(int)outcome]);
        }
    }

    /// <summary>Lateness of all calls sent, once closed.</summary>
    public RunQuality Quality(Duration gate)
    {
        lock (_gate)
        {
            var p99 = Milliseconds(_lateness.At(0.99));
            return new RunQuality
            {
                Sent = _sent,
                LatenessP50Ms = Milliseconds(_lateness.At(0.5)),
                LatenessP99Ms = p99,
                LatenessMaxMs = Milliseconds(_lateness.At(1)),
                LatenessGateMs = gate.Milliseconds,
                LatenessPassed = p99 <= gate.Milliseconds,
            };
        }
    }

    /// <summary>The books as they stand, for whoever watches: takes no lock.</summary>
    public PlaySnapshot Snapshot(Instant now)
    {
        var (p50, p95) = _recent.Seconds(now);
        return new PlaySnapshot
        {
            Now = now,
            Planned = planned.Count,
            Sent = Sent,
            Completed = Count(Outcome.Completed),
            Rejected = Count(Outcome.Rejected),
            Failed = Count(Outcome.Failed) + Count(Outcome.TimedOut) + Count(Outcome.Abandoned),
            LatenessP50Ms = Milliseconds(_lateness.At(0.5)),
            LatenessP99Ms = Milliseconds(_lateness.At(0.99)),
            RecentLatencyP50S = p50,
            RecentLatencyP95S = p95,
            Spend = guard.Spend,
        };
    }

    private int Count(Outcome outcome) => Volatile.Read(ref _outcomes[(int)outcome]);

    private static double Milliseconds(Duration? time) => time?.Milliseconds ?? double.NaN;

    private void Book(CallRecord record)
    {
        _ended[record.Call] = true;
        calls.Write(record);
        _outcomes[(int)record.Outcome]++;
        if (record.Lateness is { } lateness)
        {
            _lateness.Add(lateness);
        }

        if (record.Latency is { } latency)
        {
            _recent.Add(record.Polled ?? record.Completed!.Value, latency);
        }
    }
}
