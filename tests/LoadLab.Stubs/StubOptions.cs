using LoadLab.Core;

namespace LoadLab.Stubs;

/// <summary>How a stub behaves.</summary>
public sealed record StubOptions
{
    public int Port { get; init; }

    /// <summary>Median of a job's time from submission to its end.</summary>
    public TimeSpan JobMedian { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Sigma of the lognormal that times are drawn from; 0 = every job takes the median.</summary>
    public double Sigma { get; init; }

    public ulong Seed { get; init; } = 1;

    /// <summary>The key that callers must show; null = nobody is asked.</summary>
    public string? Key { get; init; }

    public StubFault Fault { get; init; } = StubFault.None;

    /// <summary>Every job waits a tenth of the median in the queue, so that jobs start in the order they came.</summary>
    internal Duration QueueTime => new(JobMedian.Ticks * 10);

    /// <summary>From submission to the end of job <paramref name="number"/>, a draw of its own.</summary>
    internal Duration TimeOf(int number)
    {
        var factor = Sigma > 0 ? Math.Exp(Sigma * new RandomStream(new Seed(Seed).Derive(number)).NextNormal()) : 1;
        return new Duration(Math.Max(QueueTime.Nanoseconds + 1, (long)(JobMedian.Ticks * 100 * factor)));
    }
}
