using LoadLab.Core;

namespace LoadLab.Planning.Theory;

/// <summary>What is measured of the calls of a run, in order of arrival.</summary>
public abstract record Measure
{
    private Measure()
    {
    }

    /// <summary>A sum over the calls divided by another.</summary>
    public sealed record Ratio(Func<PlayedCall, double> Over, Func<PlayedCall, double> Under) : Measure;

    /// <summary>The wait that a share of the calls does not pass.</summary>
    /// <param name="Share">In (0, 1).</param>
    /// <param name="ExpectedS">About where it lies; sets the width of the counting bins.</param>
    public sealed record WaitPercentile(double Share, double ExpectedS) : Measure;

    /// <summary>Mean wait of the calls that were served.</summary>
    public static Measure Wait { get; } = new Ratio(call => call.Completed ? call.Wait.Seconds : 0, call => call.Completed ? 1 : 0);

    public static Measure Sojourn { get; } = new Ratio(call => call.Completed ? call.Sojourn.Seconds : 0, call => call.Completed ? 1 : 0);

    /// <summary>Share of calls that waited at all.</summary>
    public static Measure Waited { get; } = WaitedLonger(0);

    /// <summary>Mean number that waits: by Little's law the waits over the time in which the calls came.</summary>
    public static Measure InQueue { get; } = new Ratio(call => call.Wait.Seconds, call => call.Gap.Seconds);

    public static Measure InSystem { get; } = new Ratio(call => call.Completed ? call.Sojourn.Seconds : 0, call => call.Gap.Seconds);

    public static Measure Refused { get; } = new Ratio(call => call.Completed ? 0 : 1, _ => 1);

    /// <summary>Mean over batches: as many calls as batches, each call being one over its size of a batch.</summary>
    public static Measure Batch { get; } = new Ratio(_ => 1, call => 1.0 / call.BatchSize);

    /// <summary>Mean time from first start to end.</summary>
    public static Measure Running { get; } = new Ratio(call => call.Running.Seconds, _ => 1);

    /// <summary>Share of time in which a single server is taken, repairs of a call's service included.</summary>
    public static Measure Load { get; } = new Ratio(call => call.Running.Seconds, call => call.Gap.Seconds);

    public static Measure Attempts { get; } = new Ratio(call => call.Attempts, _ => 1);

    /// <summary>Share of calls that waited longer than this.</summary>
    public static Measure WaitedLonger(double seconds)
    {
        var limit = Duration.FromSeconds(seconds);
        return new Ratio(call => call.Wait > limit ? 1 : 0, _ => 1);
    }

    /// <summary>Share of calls that waited for a set-up whole: those that found the server off.</summary>
    public static Measure Cold(double setUpS)
    {
        var setUp = Duration.FromSeconds(setUpS);
        return new Ratio(call => call.Wait == setUp ? 1 : 0, _ => 1);
    }

    public static Measure WaitOf(int k) => new Ratio(call => call.Class == k ? call.Wait.Seconds : 0, call => call.Class == k ? 1 : 0);

    public static Measure SojournOf(int k) => new Ratio(call => call.Class == k ? call.Sojourn.Seconds : 0, call => call.Class == k ? 1 : 0);

    /// <summary>What a thousand calls cost on servers that are paid all the time.</summary>
    public static Measure PerThousand(int gpus, double perGpuHour) => new Ratio(call => 1000 * gpus * perGpuHour / 3600 * call.Gap.Seconds, call => call.Completed ? 1 : 0);
}
