namespace LoadLab.Model.Server.Safety;

/// <summary>
/// Decides whether content may pass. Called by any of the checker's threads, several at once. To add one, list it in <see cref="ContentChecks"/>. A check that throws
/// or takes too long has said nothing: the scenario's timeoutAllows decides.
/// </summary>
internal interface IContentCheck
{
    /// <summary>Why the content is refused, in one line; null when it passes.</summary>
    /// <param name="content">What to look at.</param>
    /// <param name="cancellationToken">Cancelled when the time that the check is given has passed: its answer is of no use then.</param>
    string? Refusal(Content content, CancellationToken cancellationToken);
}
