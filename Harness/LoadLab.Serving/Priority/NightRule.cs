using LoadLab.Core;

namespace LoadLab.Serving.Priority;

/// <summary>Whether a tier has its night capacity, by the hour of the calendar. The night holds its first second and not its last: [from, to), over midnight when from is after to.</summary>
internal sealed class NightRule(Calendar calendar)
{
    public bool IsNight(NightHours hours, Instant now)
    {
        var second = calendar.SecondOfDay(now);
        return hours.FromSecond <= hours.ToSecond
            ? second >= hours.FromSecond && second < hours.ToSecond
            : second >= hours.FromSecond || second < hours.ToSecond;
    }

    /// <summary>When the night ends, or by day when it starts; in the time of the run, after <paramref name="now"/>.</summary>
    public Instant NextChange(NightHours hours, Instant now) => TimeOfDay.Next(calendar, IsNight(hours, now) ? hours.ToSecond : hours.FromSecond, now);
}
