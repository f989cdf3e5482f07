using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;

namespace LoadLab.LoadProbe;

/// <summary>Sends on the thread pool what the engine would send on its own thread: the alternative that the benchmark compares.</summary>
internal sealed class HandedOverTarget(ITarget inner) : ITarget
{
    public ITargetCall Prepare(ScheduledCall call, string prompt, IRunClock clock) => new Call(inner.Prepare(call, prompt, clock));

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class Call(ITargetCall inner) : ITargetCall
    {
        public Instant? Sent => inner.Sent;

        public Task<CallRecord> SendAsync(RunStop stop) => Task.Run(() => inner.SendAsync(stop));
    }
}
