using LoadLab.Core.Runs;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;

namespace LoadLab.Engine.NBomber;

/// <summary>Stands before the target: each call goes through the pool of copies. Does not dispose the target.</summary>
internal sealed class RelayTarget(ITarget inner, CopyPool pool) : ITarget
{
    public ITargetCall Prepare(ScheduledCall call, string prompt, IRunClock clock) => new RelayedCall(call, inner.Prepare(call, prompt, clock), pool);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
