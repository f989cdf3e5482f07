using LoadLab.Core;

namespace LoadLab.Model.Server.Jobs;

/// <summary>The serving core's answer to an arrival.</summary>
/// <param name="Accepted">Whether the job waits or runs.</param>
/// <param name="Reason">The core's reason code.</param>
/// <param name="RetryAfter">When asking again may help; null = not known.</param>
internal readonly record struct Admission(bool Accepted, string Reason, Duration? RetryAfter = null);
