namespace LoadLab.Core.Runs;

/// <summary>
/// What became of many calls without a row for each: how they ended and how long they took, by tier and together, in memory that does not grow with their number.
/// Tallies of several runs merge to the tally of all their calls, exactly and in any order.
/// </summary>
/// <param name="bound">The longest latency that is in time for a call without a deadline of its own; null = any.</param>
public sealed class CallTally(Duration? bound = null)
{
    private readonly SortedDictionary<string, TierTally> _tiers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TierTally> _byName = new(StringComparer.Ordinal);
    private TierTally? _last;

    /// <summary>The longest latency that is in time for a call without a deadline of its own; null = any.</summary>
    public Duration? Bound => bound;

    /// <summary>By tier of the call, in ordinal order; the empty name is that of calls without one.</summary>
    public IReadOnlyDictionary<string, TierTally> Tiers => _tiers;

    /// <summary>All tiers together, added up anew each time: keep it rather than ask twice.</summary>
    public TierTally Whole
    {
        get
        {
            var whole = new TierTally("");
            foreach (var tier in _tiers.Values)
            {
                whole.Merge(tier);
            }

            return whole;
        }
    }

    /// <summary>The tally of these rows.</summary>
    public static CallTally Of(IEnumerable<CallRecord> calls, Duration? bound = null)
    {
        var tally = new CallTally(bound);
        foreach (var call in calls)
        {
            tally.Add(call.Tier, call.Outcome, CallTimes.Of(call));
        }

        return tally;
    }

    /// <summary>Counts a call that has ended, or that never will.</summary>
    /// <param name="tier">Of the call.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="times">Of a completed call; those of any other are not counted.</param>
    public void Add(string tier, Outcome outcome, in CallTimes times) => Of(tier).Add(outcome, times, bound);

    /// <summary>Adds the calls of another tally. Throws <see cref="ArgumentException"/> where the two have different bounds.</summary>
    public void Merge(CallTally other)
    {
        if (other.Bound != bound)
        {
            throw new ArgumentException($"a tally of bound {other.Bound?.ToString() ?? "none"} cannot be added to one of {bound?.ToString() ?? "none"}", nameof(other));
        }

        foreach (var (name, tier) in other._tiers)
        {
            Of(name).Merge(tier);
        }
    }

    private TierTally Of(string name)
    {
        if (_last is { } last && (ReferenceEquals(last.Name, name) || last.Name == name))
        {
            return last;
        }

        if (!_byName.TryGetValue(name, out var tier))
        {
            _tiers.Add(name, tier = new TierTally(name));
            _byName.Add(name, tier);
        }

        return _last = tier;
    }
}

/// <summary>Times of one call; null where the call did not come so far.</summary>
/// <param name="Latency">Completed - intended.</param>
/// <param name="Wait">Start of the last attempt - queued.</param>
/// <param name="Service">End of the last attempt's work (completed, where that is not told) - its start.</param>
/// <param name="Deadline">The call's own, from its intended time.</param>
public readonly record struct CallTimes(Duration? Latency, Duration? Wait, Duration? Service, Duration? Deadline)
{
    public static CallTimes Of(CallRecord call) => new(call.Latency, call.Started - call.Queued, (call.DecodeEnd ?? call.Completed) - call.Started, call.Deadline);
}

/// <summary>The calls of one tier, or of all.</summary>
public sealed class TierTally(string name)
{
    private readonly long[] _outcomes = new long[Enum.GetValues<Outcome>().Length];

    /// <summary>The tier; empty for calls without one and for all together.</summary>
    public string Name => name;

    /// <summary>Every call: the sum of the six outcomes.</summary>
    public long Planned { get; private set; }

    /// <summary>Calls that completed within their own deadline, or without one within the tally's bound.</summary>
    public long InTime { get; private set; }

    /// <summary>Of completed calls: completed - intended.</summary>
    public Histogram Latency { get; } = new();

    /// <summary>Of completed calls: start of the last attempt - queued.</summary>
    public Histogram Wait { get; } = new();

    /// <summary>Of completed calls: the last attempt's time on its replica.</summary>
    public Histogram Service { get; } = new();

    /// <summary>Calls that ended so.</summary>
    public long Of(Outcome outcome) => _outcomes[(int)outcome];

    internal void Add(Outcome outcome, in CallTimes times, Duration? bound)
    {
        Planned++;
        _outcomes[(int)outcome]++;
        if (outcome != Outcome.Completed)
        {
            return;
        }

        InTime += times.Latency is { } latency && !(latency > (times.Deadline ?? bound)) ? 1 : 0;
        Add(Latency, times.Latency);
        Add(Wait, times.Wait);
        Add(Service, times.Service);
    }

    internal void Merge(TierTally other)
    {
        Planned += other.Planned;
        InTime += other.InTime;
        for (var i = 0; i < _outcomes.Length; i++)
        {
            _outcomes[i] += other._outcomes[i];
        }

        Latency.Merge(other.Latency);
        Wait.Merge(other.Wait);
        Service.Merge(other.Service);
    }

    private static void Add(Histogram histogram, Duration? time)
    {
        if (time is { } known)
        {
            histogram.Add(known);
        }
    }
}
