using LoadLab.Core;
using LoadLab.Serving.Priority;

namespace LoadLab.Serving.Tests.Priority;

public class NightRuleTests
{
    private static readonly NightHours s_overMidnight = new() { FromSecond = 22 * 3600, ToSecond = 6 * 3600 };
    private static readonly NightHours s_siesta = new() { FromSecond = 13 * 3600, ToSecond = 15 * 3600 };

    /// <summary>One second of the run is four minutes of the day, from 18:00 on: DESIGN 4.</summary>
    private static readonly Calendar s_evening = new(new DateTimeOffset(2026, 1, 5, 18, 0, 0, TimeSpan.Zero), 240);

    [Theory]
    [InlineData(0, false)] // 18:00
    [InlineData(59.99, false)]
    [InlineData(60, true)] // 22:00
    [InlineData(90, true)] // midnight
    [InlineData(179.99, true)]
    [InlineData(180, false)] // 06:00
    [InlineData(420, true)] // 22:00 of the second evening
    public void Night_is_from_ten_to_six_over_midnight(double seconds, bool night) =>
        Assert.Equal(night, new NightRule(s_evening).IsNight(s_overMidnight, Instant.FromSeconds(seconds)));

    [Theory]
    [InlineData(0, 60)]
    [InlineData(60, 180)]
    [InlineData(100, 180)]
    [InlineData(180, 420)]
    [InlineData(420, 540)]
    public void Next_change_is_told_in_the_time_of_the_run(double now, double expected) =>
        Assert.Equal(Instant.FromSeconds(expected), new NightRule(s_evening).NextChange(s_overMidnight, Instant.FromSeconds(now)));

    [Fact]
    public void Hours_within_a_day_end_the_same_day()
    {
        var rule = new NightRule(Calendar.Default);
        Assert.Equal([false, true, false], new[] { 12.9, 13, 15 }.Select(hour => rule.IsNight(s_siesta, Instant.FromSeconds(hour * 3600))));
        Assert.Equal([13.0, 15, 37], new[] { 0, 13.5, 15 }.Select(hour => rule.NextChange(s_siesta, Instant.FromSeconds(hour * 3600)).Seconds / 3600));
    }

    [Fact]
    public void Hours_are_those_of_the_calendars_zone()
    {
        var shanghai = new Calendar(new DateTimeOffset(2026, 1, 5, 21, 0, 0, TimeSpan.FromHours(8)), 1);
        Assert.Equal(Instant.FromSeconds(3600), new NightRule(shanghai).NextChange(s_overMidnight, Instant.Zero));
    }

    [Fact]
    public void It_changes_at_the_next_change_and_not_before()
    {
        for (var number = 0; number < 500; number++)
        {
            var seed = new Seed(1997).Derive(number);
            var random = new RandomStream(seed);
            var calendar = new Calendar(Calendar.Default.Start.AddSeconds(random.NextInt(86_400)), 1 + (random.NextDouble() * 5000));
            var hours = new NightHours { FromSecond = random.NextInt(1440) * 60, ToSecond = random.NextInt(1440) * 60 };
            if (hours.FromSecond == hours.ToSecond)
            {
                continue;
            }

            var rule = new NightRule(calendar);
            var now = new Instant((long)(random.NextDouble() * 1e16 / calendar.Compress));
            for (var change = 0; change < 5; change++)
            {
                var next = rule.NextChange(hours, now);
                var night = rule.IsNight(hours, now);
                Assert.True(next > now, $"seed {seed.Value}: the next change is not after now");
                Assert.True(rule.IsNight(hours, next) != night, $"seed {seed.Value}: nothing changes at the next change");
                Assert.True(next - now <= new Duration(100) || rule.IsNight(hours, next - new Duration(100)) == night, $"seed {seed.Value}: it changed before");
                now = next;
            }
        }
    }
}
