using LoadLab.Core;

namespace LoadLab.Engine.Polling;

/// <summary>What is known of the jobs of one kind. Not thread-safe.</summary>
internal sealed class JobKind
{
    private static readonly Duration s_refresh = Duration.FromSeconds(0.5);
    private Instant? _refreshed;
    private int _jobs;

    public LifeTable Lives { get; } = new();

    public ProgressTrust Progress { get; } = new();

    /// <summary>Index of a new job.</summary>
    public int Add() => _jobs++;

    /// <summary>What is known, brought up to date twice a second.</summary>
    public LifeTable LivesAt(Instant now)
    {
        if (_refreshed is not { } last || now - last >= s_refresh)
        {
            Lives.Refresh();
            _refreshed = now;
        }

        return Lives;
    }
}
