namespace LoadLab.Serving.Tests.Laws;

/// <summary>A core that serves the same load for longer holds no more memory.</summary>
[Collection(MeasuredAlone.Name)]
public class GrowthTests
{
    [Fact]
    public void Core_after_400000_events_holds_what_it_held_after_100000()
    {
        var serving = SteadyServing.Small();
        var early = LiveBytesAfter(serving, 100_000);
        var late = LiveBytesAfter(serving, 400_000);

        // Less may be left: the runtime trims the pools of earlier tests when it likes.
        Assert.InRange(late, 0, early * 1.01);
    }

    private static double LiveBytesAfter(SteadyServing serving, int events)
    {
        serving.Run(events - serving.Events);
        var bytes = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(serving);
        return bytes;
    }
}
