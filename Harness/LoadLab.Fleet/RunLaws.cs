using LoadLab.Core;
using LoadLab.Serving;

namespace LoadLab.Fleet;

/// <summary>
/// The laws of every simulated run, in whole nanoseconds: no call and no replica-second is lost or counted twice, and the areas under the numbers in the system and
/// in the queue, which the core and the pool count, are the sums of the times that the calls' rows tell (Little's law on the closed window).
/// </summary>
/// <param name="start">When the run's clock starts.</param>
/// <param name="queueLaw">Whether a call waits once and only in the core's queue: not behind a check of its prompt nor between two stages.</param>
internal sealed class RunLaws(Instant start, bool queueLaw)
{
    private Instant _last = start;
    private Levels _levels;
    private Int128 _systemArea;
    private Int128 _queueArea;
    private Int128 _existingArea;
    private Int128 _busyArea;
    private Int128 _sojourns;
    private Int128 _waits;
    private int _ended;
    private bool _waitedOnce = queueLaw;

    /// <summary>An event was handled; the levels stand from now on.</summary>
    public void Handled(Instant now, in Levels levels)
    {
        var passed = (now - _last).Nanoseconds;
        if (passed > 0)
        {
            _systemArea += Area(_levels.InSystem, passed);
            _queueArea += Area(_levels.Queued, passed);
            _existingArea += Area(_levels.Existing, passed);
            _busyArea += Area(_levels.Busy, passed);
            _last = now;
        }

        _levels = levels;
    }

    public void Ended(EndedCall call)
    {
        _ended++;
        _sojourns += (call.Ended - call.Arrived).Nanoseconds;
        _waitedOnce &= call.Attempts <= 1;
        if (call.Queued is { } queued)
        {
            _waits += ((call.Started ?? call.Ended) - queued).Nanoseconds;
        }
    }

    /// <summary>Throws <see cref="InvalidOperationException"/> with the figures of every law that does not hold at the run's end.</summary>
    /// <param name="sent">Calls that arrived.</param>
    /// <param name="usage">The account of replica time.</param>
    public void Check(int sent, IReadOnlyList<ReplicaUsage> usage)
    {
        string?[] broken =
        [
            Broken("calls: sent and ended", sent, _ended),
            Broken("calls left in the system", 0, _levels.InSystem),
            Broken("Little's law of the system: area under the number in it and sum of the sojourns, ns", _systemArea, _sojourns),
            _waitedOnce ? Broken("Little's law of the queue: area under its length and sum of the waits, ns", _queueArea, _waits) : null,
            Broken("replica time: provisioned by the pool and by the account, ns", _existingArea, Sum(usage, replica => replica.Total)),
            Broken("replica time: busy by the pool and by the account, ns", _busyArea, Sum(usage, replica => replica.Busy)),
            usage.FirstOrDefault(IsNegative) is { } negative ? $"replica time below zero: {negative}" : null,
        ];
        var problems = broken.OfType<string>().ToList();
        if (problems.Count > 0)
        {
            throw new InvalidOperationException($"a law of the run is broken: {string.Join("; ", problems)}");
        }
    }

    private static Int128 Area(int level, long nanoseconds) => Math.BigMul((long)level, nanoseconds);

    private static Int128 Sum(IReadOnlyList<ReplicaUsage> usage, Func<ReplicaUsage, Duration> time) =>
        usage.Aggregate(Int128.Zero, (sum, replica) => sum + time(replica).Nanoseconds);

    private static bool IsNegative(ReplicaUsage usage) =>
        Math.Min(Math.Min(usage.Busy.Nanoseconds, usage.Idle.Nanoseconds), Math.Min(Math.Min(usage.Load.Nanoseconds, usage.Drain.Nanoseconds), usage.Down.Nanoseconds)) < 0;

    private static string? Broken(string law, Int128 one, Int128 other) => one == other ? null : FormattableString.Invariant($"{law}: {one} and {other}");

    /// <summary>Numbers that stand between two events.</summary>
    public readonly record struct Levels(int InSystem, int Queued, int Existing, int Busy);
}
