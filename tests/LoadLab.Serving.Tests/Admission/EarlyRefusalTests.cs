using LoadLab.Core;
using LoadLab.Serving.Admission;

namespace LoadLab.Serving.Tests.Admission;

public class EarlyRefusalTests
{
    /// <summary>All in seconds; now is 100 s. The free tier waits 30 s at most and VIP 5 s (article claims A15 and A16).</summary>
    [Theory]
    [InlineData(30.0, 300.0, 30.0, null, false, null)] // just within
    [InlineData(42.0, 300.0, 30.0, null, true, 12.0)]
    [InlineData(5.5, 300.0, 5.0, null, true, 0.5)]
    [InlineData(1e6, 300.0, null, null, false, null)] // no limit
    [InlineData(null, 300.0, 5.0, 101.0, false, null)] // wait not known
    [InlineData(10.0, 20.0, null, 130.0, false, null)] // ends at the deadline
    [InlineData(10.0, 20.0, null, 125.0, true, 5.0)]
    [InlineData(10.0, null, null, 125.0, false, null)] // its own time is not known and counts as none
    [InlineData(30.0, null, null, 125.0, true, 5.0)]
    [InlineData(0.0, 20.0, null, 115.0, true, null)] // late without any wait
    [InlineData(0.0, 20.0, null, 90.0, true, null)] // late already
    [InlineData(40.0, 20.0, 30.0, 125.0, true, 35.0)] // 10 s past the wait, 35 s past the deadline
    [InlineData(40.0, 30.0, 30.0, 125.0, true, null)]
    public void Late_jobs_are_refused_by_how_late_they_would_be(double? wait, double? own, double? maxWait, double? deadline, bool refused, double? retryAfter)
    {
        var verdict = EarlyRefusal.Decide(Time(wait), own, Time(maxWait), deadline is { } at ? Instant.FromSeconds(at) : null, Instant.FromSeconds(100));
        Assert.Equal(new EarlyVerdict(refused, Time(retryAfter)), verdict);
    }

    private static Duration? Time(double? seconds) => seconds is { } value ? Duration.FromSeconds(value) : null;
}
