namespace LoadLab.Engine.Polling;

/// <summary>When a job should be asked next, from its age and what is known of its kind. Ages in seconds.</summary>
/// <remarks>
/// <para>The cheapest way to know half of all ends within the median's share m and 19 of 20 within the 95th percentile's share p. A spacing of w (a share of the age) where
/// the share S of jobs still runs costs S / w polls for each unit of log-age and settles f of the ends, so a poll is worth most where the hazard f / S is largest. For
/// durations whose hazard grows with the log-age (a lognormal's does) that is late: nothing before the 5th percentile, spacing p up to the median, spacing m after it.</para>
/// <para>For a lognormal of sigma s that is 1 + S(q05) / 2 + (s / ln(1 + p)) x 1.267 + (s / ln(1 + m)) x 0.399 polls a job, the factors being the integrals of the normal's S
/// from its 5th percentile to its median, and from there on. With s = 0.3, m = 2 %, p = 8 %: 12.5 polls.</para>
/// <para>Each job begins at a share of its own, between half and one and a half of the 5 %, so that the steps of many jobs do not all meet the median in the same place and
/// a crowd sent at once spreads. The step that reaches over the median is a wide one when it lies more below than above.</para>
/// </remarks>
internal sealed class PollPolicy(PollingOptions options)
{
    /// <summary>The pressure about which polls are neither left over nor short.</summary>
    private const double Balance = 0.985;

    /// <summary>One job in so many is asked once at half the age of its first poll, for a sign of life.</summary>
    private const int SignOfLife = 64;

    private const double LeastWait = 0.02;

    /// <summary>Spacings are shares of the age that was found pending; the shares asked for are of the middle of the interval.</summary>
    private readonly double _wide = options.P95 / (1 - (options.P95 / 2));

    /// <summary>The closest spacing, as a share of the age.</summary>
    public double Close { get; } = options.Median / (1 - (options.Median / 2));

    /// <param name="table">What is known of the kind.</param>
    /// <param name="pending">The age at which the job was last found pending; 0 when it has not been asked.</param>
    /// <param name="job">The how manieth of its kind.</param>
    /// <param name="end">The age at which the service's progress, when it has earned trust, lets the job end.</param>
    /// <param name="pressure">Polls that all jobs ask for, as a share of those there are.</param>
    /// <returns>The age for the next poll.</returns>
    public double Next(LifeTable table, double pending, int job, double? end, double pressure)
    {
        var next = Unhurried(table, pending, job, pressure);
        if (end is { } expected && pending > 0)
        {
            // Up to two close steps before the end, then closely; however sure the end seems, the interval stays within the 95th percentile's share.
            next = Math.Min(expected - (2 * Close * pending), Math.Max(next, pending * (1 + _wide)));
            next = Math.Max(next, pending * (1 + Close));
        }

        return Math.Max(next, pending + LeastWait);
    }

    private double Unhurried(LifeTable table, double pending, int job, double pressure)
    {
        var closeFrom = CloseFrom(pressure);
        if (pending >= table.Frontier)
        {
            // Where nothing is known: a twentieth of the age.
            return pending * (1 + (table.ShareEndedBy(pending) >= closeFrom ? Close : (Close + _wide) / 2));
        }

        var wide = pending * (1 + _wide);
        var first = table.AgeOf(Unasked(pressure) * (0.5 + PhaseOf(job)));
        if (pending < first)
        {
            return pending == 0 && job % SignOfLife == 0 ? first / 2 : Math.Max(first, wide);
        }

        return table.ShareEndedBy(pending) + table.ShareEndedBy(wide) < 2 * closeFrom ? wide : pending * (1 + Close);
    }

    /// <summary>
    /// The share of ended jobs from which on the rest are followed closely: about the half that the median needs. Earlier while polls are left over, later while they are short:
    /// which jobs are followed closely gives way to the load's small ups and downs, so that the spacing of all need not. Four shares for each share of pressure hold the
    /// pressure of ten thousand jobs within 0.4 % of where it is held; without it, it wanders by 1.8 %.
    /// </summary>
    private static double CloseFrom(double pressure) => Math.Clamp(0.5 + (4 * (pressure - Balance)), 0.45, 0.55);

    /// <summary>
    /// The share of all ends that no poll is spent on: a little below the twentieth that the 95th percentile leaves, and with polls left over so far below it that a table of a
    /// thousand jobs, which errs by half a percent, does not miss.
    /// </summary>
    private static double Unasked(double pressure) => Math.Clamp(0.048 + (0.2 * (pressure - Balance)), 0.03, 0.05);

    /// <summary>In [0, 1), evenly spread over any run of jobs: multiples of the golden ratio.</summary>
    private static double PhaseOf(int job) => job * 0.6180339887498949 % 1;
}
