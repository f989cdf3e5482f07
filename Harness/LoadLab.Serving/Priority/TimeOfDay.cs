using LoadLab.Core;

namespace LoadLab.Serving.Priority;

/// <summary>When, in the time of the run, the calendar's day comes to an hour.</summary>
internal static class TimeOfDay
{
    /// <param name="calendar">The day.</param>
    /// <param name="secondOfDay">In [0, 86400).</param>
    /// <param name="after">The instant that comes before.</param>
    /// <returns>When the day comes to that second next, after <paramref name="after"/>; never early, late by nanoseconds at most.</returns>
    public static Instant Next(Calendar calendar, double secondOfDay, Instant after)
    {
        var day = calendar.At(after);
        var target = day.Subtract(day.TimeOfDay).Add(TimeSpan.FromSeconds(secondOfDay));
        target = target > day ? target : target.AddDays(1);

        // Ticks of 100 ns; the calendar rounds down, so that the instant computed may lie a nanosecond or two short of the hour.
        var at = new Instant((long)Math.Ceiling((target - calendar.Start).Ticks * 100.0 / calendar.Compress));
        at = Instant.Max(at, after + new Duration(1));
        while (calendar.At(at) < target)
        {
            at += new Duration(1);
        }

        return at;
    }
}
