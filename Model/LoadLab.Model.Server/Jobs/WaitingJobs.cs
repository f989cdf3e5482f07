using LoadLab.Serving;

namespace LoadLab.Model.Server.Jobs;

/// <summary>Jobs that wait, all of them and by tier. The core's thread counts; any thread reads.</summary>
internal sealed class WaitingJobs
{
    private readonly IReadOnlyList<string> _tiers;
    private readonly int[] _byTier;
    private volatile int _all;

    /// <param name="tiers">The scenario's; jobs of others count in the whole only.</param>
    public WaitingJobs(IReadOnlyList<string> tiers)
    {
        _tiers = tiers;
        _byTier = new int[tiers.Count];
    }

    public int Count => _all;

    public IReadOnlyList<string> Tiers => _tiers;

    /// <param name="tier">Index into <see cref="Tiers"/>.</param>
    public int Of(int tier) => Volatile.Read(ref _byTier[tier]);

    public void Add(JobView job, int by)
    {
        _all += by;
        for (var i = 0; i < _tiers.Count; i++)
        {
            if (_tiers[i] == job.Tier)
            {
                Volatile.Write(ref _byTier[i], _byTier[i] + by);
            }
        }
    }
}
