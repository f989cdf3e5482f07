using LoadLab.Core;
using LoadLab.Engine.Polling;

namespace LoadLab.Engine.Tests.Polling;

[Collection(MeasuredAlone.Name)]
public sealed class PollSimulationTests(ITestOutputHelper output)
{
    /// <summary>The figures' bins are a hundredth of a percent wide.</summary>
    private const double Bin = 1e-4;

    [Fact]
    public void Ten_thousand_jobs_in_flight_for_eight_hours_keep_the_rate_the_censoring_and_the_memory()
    {
        var simulation = new PollSimulation(new PollingOptions(), 1, (_, random) => PollSimulation.Lognormal("clip", 600, 0.3, random));
        simulation.Start(10_000, Duration.Zero);
        var start = simulation.RunUntil(1);
        Print("start, hour 1", start, 1);
        simulation.Measure();
        simulation.RunUntil(2);
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        var steady = simulation.RunUntil(8);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - memory;
        Print("hours 2 to 8", steady, 7);
        output.WriteLine($"memory after hour 2: {memory / 1024} KiB, after hour 8: {grown / 1024} KiB more");

        Assert.InRange(start.Peak, 1, 2000);
        Assert.InRange(steady.Peak, 1, 2000);
        Assert.InRange(steady.CensoringOfReported(0.5), 0, 0.02 + (Bin / 2));
        Assert.InRange(steady.CensoringOfReported(0.95), 0, 0.08);
        Assert.InRange(steady.Censoring(0.5), 0, 0.0205);
        Assert.InRange(steady.Censoring(0.95), 0, 0.084);
        Assert.Equal(0, start.Outside + steady.Outside);
        Assert.InRange(grown, long.MinValue, 512 * 1024);
    }

    [Fact]
    public void Kinds_that_differ_sixtyfold_are_each_known_as_well()
    {
        var simulation = new PollSimulation(new PollingOptions(), 2, (_, random) => random.NextDouble() < 0.9
            ? PollSimulation.Lognormal("still", 10, 0.3, random)
            : PollSimulation.Lognormal("clip", 600, 0.3, random));
        simulation.Start(500, Duration.FromSeconds(60));
        simulation.RunUntil(1);
        simulation.Measure();
        simulation.RunUntil(3);
        foreach (var (kind, figures) in simulation.Kinds)
        {
            Print(kind, figures, 2);
            Assert.InRange(figures.CensoringOfReported(0.5), 0, 0.02 + Bin);
            Assert.InRange(figures.CensoringOfReported(0.95), 0, 0.08);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(0.5)]
    public void Service_that_changes_its_speed_twofold_is_known_again_within_an_hour(double factor)
    {
        var change = Instant.FromSeconds(2 * 3600);
        var simulation = new PollSimulation(new PollingOptions(), 3, (now, random) => PollSimulation.Lognormal("clip", 600 * (now < change ? 1 : factor), 0.3, random));
        simulation.Start(1500, Duration.FromSeconds(600));
        simulation.RunUntil(2);
        simulation.Measure();
        var after = simulation.RunUntil(3);
        Print("hour after", after, 1);
        simulation.Measure();
        var later = simulation.RunUntil(5);
        Print("later", later, 2);
        Assert.InRange(after.Peak, 1, 2000);
        Assert.InRange(later.CensoringOfReported(0.5), 0, 0.02 + Bin);
        Assert.InRange(later.CensoringOfReported(0.95), 0, 0.08);
    }

    [Fact]
    public void Five_times_too_many_jobs_stretch_all_intervals_alike_and_none_starves()
    {
        var simulation = new PollSimulation(new PollingOptions { MaxRatePerSecond = 40 }, 4, (_, random) => random.NextDouble() < 0.5
            ? PollSimulation.Lognormal("short", 400, 0.3, random)
            : PollSimulation.Lognormal("long", 800, 0.3, random));
        simulation.Start(10_000, Duration.Zero);
        simulation.RunUntil(2);
        simulation.Measure();
        var figures = simulation.RunUntil(4);
        Print("all", figures, 2);
        foreach (var (kind, each) in simulation.Kinds)
        {
            Print(kind, each, 2);
        }

        Assert.InRange(figures.Peak, 380, 400);
        var round = Duration.FromSeconds(10_000 / 40.0);
        Assert.InRange(figures.LongestWait.Seconds, 0, 800 + (2 * round.Seconds));
        Assert.InRange(simulation.Kinds["short"].CensoringOfReported(0.5) / simulation.Kinds["long"].CensoringOfReported(0.5), 0.4, 2.5);
    }

    [Fact]
    public void Progress_that_is_honest_spares_polls()
    {
        var without = WithProgress(null);
        var with = WithProgress(share => Math.Floor(share * 50) / 50);
        Assert.InRange(with.Polls / (double)with.Ends, 0, 0.9 * without.Polls / without.Ends);
        Assert.InRange(with.CensoringOfReported(0.5), 0, 0.02 + Bin);
        Assert.InRange(with.CensoringOfReported(0.95), 0, 0.08);
    }

    [Theory]
    [InlineData("stands at the end")]
    [InlineData("twice as fast")]
    [InlineData("half as fast")]
    [InlineData("outside")]
    public void Progress_that_lies_changes_nothing(string lie)
    {
        var without = WithProgress(null);
        var with = WithProgress(lie switch
        {
            "stands at the end" => share => Math.Min(0.99, share * 20),
            "twice as fast" => share => Math.Min(1, share * 2),
            "half as fast" => share => share / 2,
            _ => share => share < 0.3 ? double.NaN : share * 1e9,
        });
        Assert.Equal(without.Polls / (double)without.Ends, with.Polls / (double)with.Ends, 0.3);
        Assert.InRange(with.CensoringOfReported(0.5), 0, 0.02 + Bin);
        Assert.InRange(with.CensoringOfReported(0.95), 0, 0.08);
    }

    private PollFigures WithProgress(Func<double, double>? progress)
    {
        var simulation = new PollSimulation(new PollingOptions(), 5, (_, random) => PollSimulation.Lognormal("clip", 600, 0.3, random, progress));
        simulation.Start(1000, Duration.FromSeconds(600));
        simulation.RunUntil(1.5);
        simulation.Measure();
        var figures = simulation.RunUntil(3);
        Print("", figures, 1.5);
        return figures;
    }

    private void Print(string name, PollFigures figures, double hours) => output.WriteLine(
        $"{name}: {figures.Polls / hours / 3600:F1} polls/s, peak {figures.Peak / 10.0} over 10 s, {(figures.Polls == 0 ? 0 : figures.Polls / (double)figures.Ends):F2} a job, {figures.Ends} ends; "
        + $"width of latency reported p50 {figures.CensoringOfReported(0.5):P2} p95 {figures.CensoringOfReported(0.95):P2}, of the true one {figures.Censoring(0.5):P2} {figures.Censoring(0.95):P2}; "
        + $"{figures.Outside} ends outside their interval; longest wait {figures.LongestWait.Seconds:F0} s");
}
