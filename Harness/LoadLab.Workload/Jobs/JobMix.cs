using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Workload;

/// <summary>
/// Draws the job of each call. Templates, call seeds, patience and tenants have their own streams and every call draws from each, so that a change to one template leaves the
/// draws of all other calls as they were.
/// </summary>
internal sealed class JobMix
{
    private readonly IReadOnlyList<JobTemplate> _jobs;
    private readonly double[] _upTo;
    private readonly TargetDefaults _target;
    private readonly RandomStream _choices;
    private readonly RandomStream _seeds;
    private readonly RandomStream _patience;
    private readonly RandomStream _asking;
    private readonly Popularity? _tenants;

    public JobMix(IReadOnlyList<JobTemplate> jobs, TenantOptions? tenants, TargetDefaults target, Seed seed)
    {
        _jobs = jobs;
        _target = target;
        _choices = seed.Stream("jobs");
        _seeds = seed.Stream("call-seeds");
        _patience = seed.Stream("patience");
        _asking = seed.Stream("tenants");
        _tenants = tenants is null ? null : new Popularity(tenants.Count, tenants.ZipfExponent);
        _upTo = new double[jobs.Count];
        var sum = 0.0;
        for (var i = 0; i < jobs.Count; i++)
        {
            _upTo[i] = sum += jobs[i].Weight;
        }
    }

    /// <param name="index">Of the call.</param>
    /// <param name="intended">Its time.</param>
    /// <param name="fromTrace">What the trace says of the job; it wins over the draw field by field.</param>
    public ScheduledCall Call(int index, Instant intended, TraceJob? fromTrace)
    {
        var job = Draw();
        var callSeed = (long)(_seeds.NextUInt64() >> 33);
        var normal = _patience.NextNormal();
        var tenant = _tenants is null ? "" : string.Create(CultureInfo.InvariantCulture, $"tenant-{_tenants.Draw(_asking) + 1}");
        var quality = First(fromTrace?.Quality, job.Quality);
        var level = _target.Levels.FirstOrDefault(level => level.Name == quality);
        return new ScheduledCall
        {
            Index = index,
            Intended = intended,
            Tenant = First(fromTrace?.Tenant, job.Tenant, tenant),
            Tier = First(fromTrace?.Tier, job.Tier),
            Model = First(fromTrace?.Model, job.Model, _target.Model),
            Width = First(fromTrace?.Width, job.Width, First(level?.Width, 0, _target.Width)),
            Height = First(fromTrace?.Height, job.Height, First(level?.Height, 0, _target.Height)),
            Frames = First(fromTrace?.Frames, job.Frames, First(level?.Frames, 0, _target.Frames)),
            Steps = First(fromTrace?.Steps, job.Steps, First(level?.Steps, 0, _target.Steps)),
            Guidance = fromTrace?.Guidance ?? job.Guidance ?? level?.Guidance,
            Quality = quality,
            CallSeed = fromTrace?.CallSeed ?? callSeed,
            Deadline = fromTrace?.Deadline ?? job.Deadline,
            Patience = fromTrace?.Patience ?? job.Patience?.At(normal),
        };
    }

    private JobTemplate Draw()
    {
        var at = Array.BinarySearch(_upTo, _choices.NextDouble() * _upTo[^1]);
        return _jobs[Math.Min(at < 0 ? ~at : at + 1, _jobs.Count - 1)];
    }

    private static string First(string? a, string b, string c = "") => a is { Length: > 0 } ? a : b.Length > 0 ? b : c;

    private static int First(int? a, int b, int c) => a is > 0 ? a.Value : b > 0 ? b : c;
}
