namespace LoadLab.Serving.Priority;

/// <summary>
/// Start-time fair queueing: P. Goyal, H. Vin, H. Cheng, "Start-time Fair Queuing", IEEE/ACM Transactions on Networking 5(5), 1997. A job gets the start tag
/// S = max(V, F of its tenant), its tenant the finish tag F = S + seconds / weight, and jobs run in order of S; the virtual time V is the start tag in service.
/// While two tenants both have jobs waiting, what they were served, in seconds by weight, differs by at most the sum of each one's longest job by weight (theorem 1 there, for
/// one server; a fleet adds what runs at once). Choose one for each lane: virtual time belongs to one queue.
/// </summary>
/// <remarks>
/// Memory: a tenant is forgotten when its finish tag is at most V, which changes no tag to come. Where that leaves more than half of <see cref="MostTenants"/> when these are
/// reached, the half whose finish tags are nearest to V is forgotten too: each gains at most what it had run ahead.
/// </remarks>
internal sealed class FairShare(FairnessOptions options)
{
    /// <summary>Tenants that are remembered at most.</summary>
    public const int MostTenants = 100_000;

    private const int FirstSweep = 1024;

    private readonly Dictionary<string, double> _weights = new(options.Weights, StringComparer.Ordinal);
    private readonly Dictionary<string, double> _finish = new(StringComparer.Ordinal);
    private double _virtualTime;
    private int _sweepAt = FirstSweep;

    /// <summary>Tenants that are remembered now.</summary>
    public int Tenants => _finish.Count;

    /// <param name="tenant">Whose job it is.</param>
    /// <param name="seconds">Replica-seconds the job is expected to take, finite and not negative. A job of which nothing is known: 1, so that such jobs share by their number.</param>
    /// <returns>The job's start tag: the lowest runs first, ties in order of arrival. Always 0 when tenants are not told apart, which leaves the order of arrival.</returns>
    public double Tag(string tenant, double seconds)
    {
        if (!options.ByTenant)
        {
            return 0;
        }

        var start = Math.Max(_virtualTime, _finish.GetValueOrDefault(tenant));
        _finish[tenant] = start + Cost(tenant, seconds);
        if (_finish.Count > _sweepAt)
        {
            Sweep();
        }

        return start;
    }

    /// <summary>A tagged job left the queue and never ran: its tenant is not charged for it.</summary>
    public void Dropped(string tenant, double seconds)
    {
        if (_finish.TryGetValue(tenant, out var finish))
        {
            _finish[tenant] = finish - Cost(tenant, seconds);
        }
    }

    /// <summary>A job with this tag starts to run: V moves up to it, never back.</summary>
    public void Started(double tag) => _virtualTime = Math.Max(_virtualTime, tag);

    /// <summary>Nothing waits and nothing runs: the busy period of the paper ends and all start even again.</summary>
    public void Idle()
    {
        _finish.Clear();
        _sweepAt = FirstSweep;
    }

    private double Cost(string tenant, double seconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(seconds);
        ArgumentOutOfRangeException.ThrowIfEqual(double.IsFinite(seconds), false);
        return seconds / _weights.GetValueOrDefault(tenant, 1);
    }

    private void Sweep()
    {
        Forget(_virtualTime);
        if (_sweepAt == MostTenants && _finish.Count > MostTenants / 2)
        {
            var finishes = _finish.Values.ToArray();
            Array.Sort(finishes);
            Forget(finishes[finishes.Length / 2]);
        }

        // Twice what is left, so that a sweep costs each tag a constant.
        _sweepAt = Math.Clamp(_finish.Count * 2, FirstSweep, MostTenants);
    }

    /// <summary>Forgets the tenants whose finish tag is at most this.</summary>
    private void Forget(double finish)
    {
        foreach (var (tenant, tag) in _finish)
        {
            if (tag <= finish)
            {
                _finish.Remove(tenant);
            }
        }
    }
}
