using System.Collections;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Planning.Theory;

/// <summary>Calls of several classes that arrive as one Poisson stream; a call is made when it is asked for.</summary>
internal sealed class PoissonCalls : IReadOnlyList<ScheduledCall>
{
    private readonly long[] _at;
    private readonly byte[] _classes;
    private readonly ScheduledCall[] _kinds;

    /// <param name="kinds">A call of each class.</param>
    /// <param name="rates">Per second, by class.</param>
    /// <param name="count">Calls.</param>
    /// <param name="draws">Gaps and classes.</param>
    public PoissonCalls(ScheduledCall[] kinds, IReadOnlyList<double> rates, int count, RandomStream draws)
    {
        (_kinds, _at, _classes) = (kinds, new long[count], new byte[count]);
        var (total, seconds) = (rates.Sum(), 0.0);
        for (var i = 0; i < count; i++)
        {
            seconds += draws.NextExponential() / total;
            _at[i] = Instant.FromSeconds(seconds).Nanoseconds;
            _classes[i] = rates.Count == 1 ? (byte)0 : Class(rates, draws.NextDouble() * total);
        }
    }

    public int Count => _at.Length;

    public ScheduledCall this[int index] => _kinds[_classes[index]] with { Index = index, Intended = new Instant(_at[index]) };

    public int ClassOf(int index) => _classes[index];

    /// <summary>Since the call before; of the first, since zero.</summary>
    public Duration GapOf(int index) => new(_at[index] - (index == 0 ? 0 : _at[index - 1]));

    public IEnumerator<ScheduledCall> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static byte Class(IReadOnlyList<double> rates, double at)
    {
        var k = 0;
        while (k < rates.Count - 1 && at >= rates[k])
        {
            at -= rates[k++];
        }

        return (byte)k;
    }
}
