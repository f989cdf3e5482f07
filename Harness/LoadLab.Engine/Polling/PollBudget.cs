using LoadLab.Core;

namespace LoadLab.Engine.Polling;

/// <summary>
/// Shares the polls per second of a target among its jobs. Each job says how long it would like to wait; one over that is its demand. When the demands add up to more than the
/// rate, all waits stretch by the same factor, none past the time of one round through all jobs: nobody starves. What is left of chance is smoothed by a calendar of slots.
/// Not thread-safe.
/// </summary>
internal sealed class PollBudget(double ratePerSecond)
{
    /// <summary>How long before a poll is wanted it is booked, in slots. Where many want the same moment, some are asked up to this much earlier instead of later.</summary>
    private const double LeadSlots = 2000;

    /// <summary>The share of the rate that is given out as slots: a machine that is late with some polls must not put them over the rate together with the next.</summary>
    private const double Slots = 0.995;

    private readonly SlotCalendar _slots = new(Slots * ratePerSecond);
    private double _demand;
    private int _jobs;

    /// <summary>Polls per second that the jobs ask for, as a share of those there are.</summary>
    public double Pressure => _demand / ratePerSecond;

    /// <summary>The same for all polls, so that they are booked in the order in which they are wanted.</summary>
    public Duration Lead { get; } = Duration.FromSeconds(LeadSlots / ratePerSecond);

    /// <summary>Takes a job's next poll into account.</summary>
    /// <param name="wait">How long the job would like to wait for it.</param>
    /// <returns>What the job is to give back with <see cref="Leave"/>, and how long it is to wait.</returns>
    public (double Demand, Duration Wait) Enter(Duration wait)
    {
        var demand = 1 / Math.Max(wait.Seconds, 1e-3);
        _demand += demand;
        _jobs++;
        var stretched = Math.Min(wait.Seconds * Pressure, _jobs / ratePerSecond);
        return (demand, stretched > wait.Seconds ? Duration.FromSeconds(stretched) : wait);
    }

    /// <summary>The poll was made, or will not be.</summary>
    public void Leave(double demand)
    {
        _jobs--;
        _demand = _jobs == 0 ? 0 : _demand - demand;
    }

    /// <summary>Books a poll: the last free slot up to <paramref name="wanted"/>, otherwise the first free one after.</summary>
    public Instant Book(Instant now, Instant wanted) => _slots.TimeOf(_slots.Book(now, wanted - Lead, wanted));
}
