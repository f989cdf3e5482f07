using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;

namespace LoadLab.Engine.NBomber.Tests;

/// <summary>A service inside the test: each call takes the time that the test gives it, for ever when that is null, or fails as a bug would.</summary>
internal sealed class PlannedTarget(Func<int, TimeSpan?> serviceTime) : ITarget
{
    private int _running;

    /// <summary>Most calls at the same time.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>Told each call as it is sent.</summary>
    public Action<int>? OnSend { get; init; }

    public ITargetCall Prepare(ScheduledCall call, string prompt, IRunClock clock) => new Call(this, call, clock);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Call(PlannedTarget target, ScheduledCall call, IRunClock clock) : ITargetCall
    {
        public Instant? Sent { get; private set; }

        public async Task<CallRecord> SendAsync(RunStop stop)
        {
            Sent = clock.Now;
            var running = Interlocked.Increment(ref target._running);
            lock (target)
            {
                target.MostAtOnce = Math.Max(target.MostAtOnce, running);
            }

            target.OnSend?.Invoke(call.Index);
            try
            {
                await Task.Delay(target.ServiceTime(call.Index) ?? Timeout.InfiniteTimeSpan, stop.Token);
                return CallRecord.Of(call, Outcome.Completed) with { Sent = Sent, Completed = clock.Now, Polled = clock.Now, Attempts = 1 };
            }
            catch (OperationCanceledException)
            {
                return CallRecord.Of(call, Outcome.Unfinished, stop.Reason) with { Sent = Sent, Attempts = 1 };
            }
            finally
            {
                Interlocked.Decrement(ref target._running);
            }
        }
    }

    private TimeSpan? ServiceTime(int call) => serviceTime(call);
}
