using LoadLab.Core;

namespace LoadLab.Workload;

/// <summary>One origin of planned calls: a rate, how calls are placed on it, and which jobs they bring. A load has one, or several that are merged in order of time.</summary>
public sealed record LoadSource
{
    /// <summary>Its name in the scenario, or its number from 1; empty for the only source of a load without <c>merge</c>.</summary>
    public string Name { get; init; } = "";

    /// <summary>Everything of this source is drawn from it, so that another source changes nothing of this one.</summary>
    public required Seed Seed { get; init; }

    /// <summary>Of the load.</summary>
    public required Duration Length { get; init; }

    public required RateCurve Arrivals { get; init; }

    public ArrivalProcess Process { get; init; } = new ArrivalProcess.Poisson();

    public IReadOnlyList<JobTemplate> Jobs { get; init; } = [new JobTemplate()];

    /// <summary>The intended times, ascending, all before the end of the load.</summary>
    public IEnumerable<Instant> Times()
    {
        // Rounding to nanoseconds could reach the end, which belongs to no call.
        var last = new Instant(Length.Nanoseconds - 1);
        foreach (var count in Process.Counts(Seed.Stream("arrivals")).TakeWhile(count => count < Arrivals.Total))
        {
            var at = Instant.FromSeconds(Arrivals.Inverse(count));
            yield return at < last ? at : last;
        }
    }
}
