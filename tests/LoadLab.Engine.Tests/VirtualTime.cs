using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;

namespace LoadLab.Engine.Tests;

/// <summary>A clock that stands still until it is waited for; it can oversleep, as a stalled dispatch thread does.</summary>
internal sealed class VirtualPacer : IPacer
{
    public Instant Now { get; private set; }

    /// <summary>The first wait for an instant at or past From ends at Until instead.</summary>
    public (Instant From, Instant Until)? Stall { get; set; }

    public void WaitUntil(Instant at, CancellationToken stop)
    {
        Now = Instant.Max(Now, at);
        if (Stall is { } stall && Now >= stall.From)
        {
            Now = Instant.Max(Now, stall.Until);
            Stall = null;
        }
    }
}

/// <summary>A service with an answer for every instant of arrival; calls end at once, with the instants of virtual time.</summary>
internal sealed class VirtualTarget(Func<Instant, Instant> completedFor) : ITarget
{
    public ITargetCall Prepare(ScheduledCall call, string prompt, IRunClock clock) => new Call(call, clock, completedFor);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Call(ScheduledCall call, IRunClock clock, Func<Instant, Instant> completedFor) : ITargetCall
    {
        public Instant? Sent { get; private set; }

        public Task<CallRecord> SendAsync(RunStop stop)
        {
            Sent = clock.Now;
            return Task.FromResult(CallRecord.Of(call, Outcome.Completed) with { Sent = Sent, Completed = completedFor(clock.Now) });
        }
    }
}
