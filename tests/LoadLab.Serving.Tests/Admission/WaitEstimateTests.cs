using LoadLab.Core;
using LoadLab.Serving.Admission;
using LoadLab.Serving.Batching;

namespace LoadLab.Serving.Tests.Admission;

public class WaitEstimateTests
{
    private static readonly BatchKey s_small = new(new("a"), 160, 96, 9, 8, true, "");

    [Fact]
    public void Newest_batch_counts_a_fifth()
    {
        var wait = new WaitEstimate(1);
        Assert.Null(wait.SecondsOf(s_small));
        Observe(wait, s_small, 1, 10);
        Assert.Equal(10, wait.SecondsOf(s_small));
        Observe(wait, s_small, 1, 20);
        Assert.Equal(12, wait.SecondsOf(s_small)!.Value, 12);
        Observe(wait, s_small, 4, 8);
        Assert.Equal(10, wait.SecondsOf(s_small)!.Value, 12); // 12 + 0.2 (8 / 4 - 12)
    }

    [Fact]
    public void Kind_never_seen_is_scaled_from_the_nearest_of_its_model()
    {
        var wait = new WaitEstimate(1);
        Observe(wait, s_small, 1, 10);
        Observe(wait, s_small with { Width = 1600 }, 1, 200);
        Observe(wait, s_small with { Model = new("b") }, 1, 7);
        Assert.Equal(20, wait.SecondsOf(s_small with { Steps = 16 })!.Value, 9); // twice the steps
        Assert.Equal(5, wait.SecondsOf(s_small with { Guided = false })!.Value, 9); // half the forwards
        Assert.Equal(160, wait.SecondsOf(s_small with { Width = 1280 })!.Value, 9); // nearer to 1600: 200 x 1280 / 1600
        Assert.Equal(7, wait.SecondsOf(s_small with { Model = new("b"), Quality = "few-step" })!.Value, 9);
        Assert.Null(wait.SecondsOf(s_small with { Model = new("c") }));
    }

    [Fact]
    public void Kind_least_recently_observed_goes_first()
    {
        var wait = new WaitEstimate(1);
        for (var i = 0; i < WaitEstimate.MostKeys; i++)
        {
            Observe(wait, Of(i), 1, 1 + i);
        }

        Observe(wait, Of(0), 1, 1);
        Observe(wait, Of(1000), 1, 1);
        Assert.Null(wait.SecondsOf(Of(1)));
        Assert.Equal((1, 3, 1), (wait.SecondsOf(Of(0))!.Value, wait.SecondsOf(Of(2))!.Value, wait.SecondsOf(Of(1000))!.Value));

        static BatchKey Of(int number) => s_small with { Model = new($"m{number}") };
    }

    [Fact]
    public void Wait_is_the_work_ahead_over_the_replicas()
    {
        var wait = new WaitEstimate(3);
        Assert.Equal(Duration.Zero, wait.WaitOf(2, 4));
        wait.Running(30);
        wait.Running(10);
        Assert.Equal(Duration.FromSeconds(20), wait.WaitOf(0, 2));
        wait.Queue(0, 10);
        wait.Queue(1, 40);
        wait.Queue(2, 100);
        Assert.Equal([25.0, 45, 95], Enumerable.Range(0, 3).Select(lane => wait.WaitOf(lane, 2)!.Value.Seconds));
        wait.Unqueue(1, 40);
        wait.Running(-30);
        Assert.Equal([10.0, 10, 60], Enumerable.Range(0, 3).Select(lane => wait.WaitOf(lane, 2)!.Value.Seconds));
    }

    [Fact]
    public void Without_replicas_nothing_is_known()
    {
        var wait = new WaitEstimate(1);
        wait.Queue(0, 10);
        Assert.Null(wait.WaitOf(0, 0));
    }

    [Fact]
    public void Empty_lanes_are_zero_whatever_went_through_them()
    {
        for (var number = 0; number < 50; number++)
        {
            var seed = new Seed(285).Derive(number);
            var random = new RandomStream(seed);
            var wait = new WaitEstimate(2);
            var queued = Enumerable.Range(0, 500).Select(_ => random.NextExponential() * Math.Pow(10, random.NextInt(8) - 4)).ToList();
            queued.ForEach(seconds => wait.Queue(1, seconds));
            queued.OrderBy(_ => random.NextDouble()).ToList().ForEach(seconds => wait.Unqueue(1, seconds));
            Assert.True(wait.WaitOf(1, 1) == Duration.Zero, $"seed {seed.Value}: {wait.WaitOf(1, 1)} s are left");
        }
    }

    [Fact]
    public void Sum_of_any_size_is_a_time()
    {
        var wait = new WaitEstimate(1);
        for (var i = 0; i < 100; i++)
        {
            wait.Queue(0, 1e300);
        }

        Assert.Equal(Duration.FromSeconds(1e9), wait.WaitOf(0, 1));
    }

    private static void Observe(WaitEstimate wait, BatchKey key, int size, double seconds) => wait.Observe(key, size, Duration.FromSeconds(seconds));
}
