namespace LoadLab.Model.Server.Safety;

/// <summary>Passes what all of its checks pass; asks them in order, up to the first that refuses.</summary>
internal sealed class CombinedCheck(IReadOnlyList<IContentCheck> checks) : IContentCheck
{
    public string? Refusal(Content content, CancellationToken cancellationToken)
    {
        foreach (var check in checks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (check.Refusal(content, cancellationToken) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }
}
