using LoadLab.Core;

namespace LoadLab.Fleet;

/// <summary>What became of one simulated call, told as it ends.</summary>
/// <param name="Index">Of the call in its schedule.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Arrived">When it arrived.</param>
/// <param name="Queued">When it was let in; null when it never was.</param>
/// <param name="FirstStarted">When its first attempt began; null when it never ran.</param>
/// <param name="Started">When its last attempt began; null when it never ran.</param>
/// <param name="Ended">Now.</param>
/// <param name="BatchSize">Jobs that its last batch started with; 0 when it never ran.</param>
/// <param name="Attempts">How often it began.</param>
public readonly record struct EndedCall(
    int Index, Outcome Outcome, Instant Arrived, Instant? Queued, Instant? FirstStarted, Instant? Started, Instant Ended, int BatchSize, int Attempts);
