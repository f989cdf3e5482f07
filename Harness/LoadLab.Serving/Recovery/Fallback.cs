using LoadLab.Core;

namespace LoadLab.Serving.Recovery;

/// <summary>Decides when a new job is served by a lighter model than the one it asked for; the answer names the model that served.</summary>
internal sealed class Fallback(RecoveryOptions options)
{
    private readonly ModelId? _lighter = options.FallbackModel.Name.Length > 0 ? options.FallbackModel : null;

    /// <summary>Whether there is a lighter model.</summary>
    public bool On => _lighter is not null;

    /// <summary>The lighter model, or null: the one asked for serves.</summary>
    /// <param name="asked">The model asked for.</param>
    /// <param name="waiting">Jobs that wait.</param>
    /// <param name="expectedWait">How long the job would wait; null = not known, and decides nothing.</param>
    /// <param name="breakerOpen">Whether the breaker of the model asked for lets nothing in.</param>
    /// <param name="reason">fallback-breaker, fallback-queue or fallback-wait; empty with null.</param>
    public ModelId? For(ModelId asked, int waiting, Duration? expectedWait, bool breakerOpen, out string reason)
    {
        reason = _lighter is null || asked == _lighter ? ""
            : breakerOpen ? "fallback-breaker"
            : waiting >= options.FallbackQueue ? "fallback-queue"
            : expectedWait >= options.FallbackWait ? "fallback-wait"
            : "";
        return reason.Length > 0 ? _lighter : null;
    }
}
