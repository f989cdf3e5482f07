using LoadLab.Core;
using LoadLab.Engine.Polling;

namespace LoadLab.Engine.Tests.Polling;

public sealed class SlotCalendarTests
{
    [Fact]
    public void Free_slot_is_the_one_wanted_then_the_ones_before_then_the_ones_after()
    {
        var calendar = new SlotCalendar(10);
        var (now, earliest, wanted) = (Instant.Zero, Instant.FromSeconds(0.8), Instant.FromSeconds(1));
        var booked = Enumerable.Range(0, 5).Select(_ => calendar.TimeOf(calendar.Book(now, earliest, wanted)).Seconds).ToList();
        Assert.Equal([1.0, 0.9, 0.8, 1.1, 1.2], booked);
    }

    [Fact]
    public void Nothing_is_booked_in_the_past()
    {
        var calendar = new SlotCalendar(10);
        var now = Instant.FromSeconds(5.01);
        Assert.Equal(5.1, calendar.TimeOf(calendar.Book(now, Instant.Zero, Instant.FromSeconds(1))).Seconds, 1e-9);
        Assert.Equal(5.2, calendar.TimeOf(calendar.Book(now, Instant.Zero, Instant.FromSeconds(1))).Seconds, 1e-9);
    }

    [Fact]
    public void Slots_that_have_passed_are_free_again_a_round_later()
    {
        var calendar = new SlotCalendar(1000);
        for (var round = 0; round < 5; round++)
        {
            var now = Instant.FromSeconds(round * 100);
            for (var i = 0; i < 90_000; i++)
            {
                Assert.Equal(now.Seconds + (i / 1000.0), calendar.TimeOf(calendar.Book(now, now, now)).Seconds, 1e-6);
            }
        }
    }

    [Fact]
    public void No_window_holds_more_than_the_rate_whatever_is_wanted()
    {
        var calendar = new SlotCalendar(50);
        var random = new Seed(1).Stream("wanted");
        var now = Instant.Zero;
        var slots = new HashSet<long>();
        for (var i = 0; i < 20_000; i++)
        {
            now += Duration.FromSeconds(random.NextExponential() / 49);
            var wanted = now + Duration.FromSeconds(random.NextDouble() * 100);
            Assert.True(slots.Add(calendar.Book(now, wanted - Duration.FromSeconds(2), wanted)), "a slot was given twice");
        }
    }

    [Fact]
    public void More_than_it_holds_is_booked_at_its_end()
    {
        var calendar = new SlotCalendar(1000);
        for (var i = 0; i < 140_000; i++)
        {
            Assert.InRange(calendar.TimeOf(calendar.Book(Instant.Zero, Instant.Zero, Instant.Zero)).Seconds, 0, 131.072);
        }
    }
}
