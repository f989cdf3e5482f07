using System.Collections;

namespace LoadLab.Serving.Metrics;

/// <summary>Counts by reason code, in order of the code. Bound: <see cref="MaxCodes"/> codes; more are counted as <see cref="Other"/>.</summary>
public sealed class ReasonCounts : IEnumerable<KeyValuePair<string, long>>
{
    public const int MaxCodes = 64;
    public const string Other = "other";

    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public long Total { get; private set; }

    public long Of(string reason) => _counts.GetValueOrDefault(reason);

    public IEnumerator<KeyValuePair<string, long>> GetEnumerator() => _counts.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Add(string reason)
    {
        Total++;
        if (!_counts.TryGetValue(reason, out var count) && _counts.Count >= MaxCodes - 1)
        {
            reason = Other;
            count = _counts.GetValueOrDefault(reason);
        }

        _counts[reason] = count + 1;
    }
}
