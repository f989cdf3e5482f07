using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Guards;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;

namespace LoadLab.Engine.Tests;

/// <summary>The saturation stop calibrated on queues whose load is known.</summary>
public sealed class SaturationTests
{
    private const int Runs = 200;
    private static readonly SaturationOptions s_options = new();

    /// <summary>An hour each, empty at the start: a service that is not overloaded is called saturated in one run of twenty at most.</summary>
    [Theory]
    [InlineData(1, 0.7, 1)]
    [InlineData(1, 0.9, 1)]
    [InlineData(4, 0.8, 1)]
    [InlineData(4, 0.9, 1)]
    [InlineData(16, 0.9, 2)]
    [InlineData(1, 0.9, 20)]
    [InlineData(8, 0.9, 20)]
    [InlineData(16, 0.9, 60)]
    public void Stationary_load_below_capacity_is_called_saturated_in_one_run_of_twenty_at_most(int servers, double load, double serviceSeconds)
    {
        var alarms = Enumerable.Range(0, Runs).Count(run => Play(servers, load, serviceSeconds, 3600, run, clocks: run % 2 == 0) is not null);
        Assert.InRange(alarms, 0, Runs / 20);
    }

    /// <summary>An overloaded service is found in nine runs of ten before so many calls have ended.</summary>
    [Theory]
    [InlineData(1, 1.5, 1, 400)]
    [InlineData(1, 1.25, 1, 1500)]
    [InlineData(1, 1.1, 1, 14000)]
    [InlineData(4, 1.5, 1, 800)]
    [InlineData(4, 1.1, 1, 10000)]
    [InlineData(16, 1.5, 1, 2500)]
    [InlineData(16, 1.1, 1, 10000)]
    [InlineData(8, 1.5, 20, 400)]
    [InlineData(16, 1.5, 60, 500)]
    public void Overload_is_found_within_a_count_of_ended_calls(int servers, double load, double serviceSeconds, int within)
    {
        var length = 4.0 * within * serviceSeconds / servers;
        var found = Enumerable.Range(0, Runs / 4).Select(run => Play(servers, load, serviceSeconds, length, run) ?? int.MaxValue).Order().ToList();
        Assert.InRange(found[found.Count * 9 / 10], 1, within);
    }

    /// <summary>Temporary overload and the slow rise of a day: the backlog rises, then drains.</summary>
    [Theory]
    [InlineData("burst of 20 s at three times capacity")]
    [InlineData("filling empty replicas")]
    [InlineData("rise of a day")]
    [InlineData("steps")]
    public void Load_that_the_service_follows_is_not_called_saturated(string kind)
    {
        const int Servers = 16;
        Func<double, double> shape = kind switch
        {
            "burst of 20 s at three times capacity" => at => at % 600 is > 300 and < 320 ? 3 : 0.6,
            "filling empty replicas" => at => 0.85 * Math.Min(1, at / 200),
            "rise of a day" => at => 0.5 - (0.4 * Math.Cos(at * 2 * Math.PI / 7200)),
            _ => at => at < 1200 ? 0.3 : at < 2400 ? 0.6 : 0.9,
        };
        var alarms = Enumerable.Range(0, Runs / 2).Count(run => Play(Servers, 3, 2, 3600, run, clocks: run % 2 == 0, at => shape(at) / 3) is not null);
        Assert.InRange(alarms, 0, Runs / 40);
    }

    /// <summary>Quantiles of Student's t with 23 degrees of freedom: any table, for example NIST's Engineering Statistics Handbook 1.3.6.7.2.</summary>
    [Theory]
    [InlineData(1.714, 0.05)]
    [InlineData(2.069, 0.025)]
    [InlineData(2.500, 0.01)]
    [InlineData(3.485, 0.001)]
    [InlineData(0, 0.5)]
    [InlineData(-1.714, 0.95)]
    public void Tail_of_Students_distribution_is_the_tables(double t, double tail) => Assert.Equal(tail, GrowthTest.StudentTail(t), 2e-5 + (1e-3 * tail));

    [Fact]
    public void One_jump_among_still_levels_is_chance_and_a_steady_rise_is_not()
    {
        double[] jump = [.. Enumerable.Range(0, GrowthTest.Steps + 1).Select(i => i < 10 ? 5.0 : 45.0)];
        double[] rise = [.. Enumerable.Range(0, GrowthTest.Steps + 1).Select(i => 5 + (2.0 * i))];
        Assert.True(GrowthTest.Chance(jump, 50) > 0.1);
        Assert.True(GrowthTest.Chance(rise, 50) < 1e-6);
        Assert.Equal(1, GrowthTest.Chance(new double[GrowthTest.Steps + 1], 0));
    }

    [Fact]
    public void Finding_names_rates_backlog_and_what_a_call_must_expect()
    {
        var watch = new SaturationWatch(s_options, Duration.FromSeconds(600));
        var queue = new QueueSimulation(2, () => 1) { HasClocks = true };
        Assert.NotNull(queue.Play(watch, Enumerable.Range(0, 2400).Select(i => i / 4.0)));

        // Two servers end two calls a second, the first two after a second; four come in each.
        var found = watch.Found!;
        Assert.Equal((120.0, 1.0), (found.Stretch.Seconds, found.BestSeconds));
        Assert.Equal(
            "saturated at 120 s: over the last 120 s calls came at 4.008/s and ended at 1.992/s; 242 wait or are served; a call sent now takes about 121 s, 121 times what the service needs",
            found.Sentence);
    }

    [Fact]
    public void Run_shorter_than_two_windows_is_looked_at_in_halves()
    {
        var watch = new SaturationWatch(s_options, Duration.FromSeconds(100));
        new QueueSimulation(2, () => 1).Play(watch, Enumerable.Range(0, 400).Select(i => i / 4.0));
        Assert.Equal(50, watch.Found!.Stretch.Seconds);
        Assert.Equal(0, new SaturationWatch(s_options, Duration.FromSeconds(29)).Looks);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Saturated_run_stops_or_plays_on_as_asked_and_says_so(bool stops)
    {
        var guard = new GuardOptions { Saturation = s_options with { Stops = stops }, Drain = new DrainOptions { Max = Duration.FromMilliseconds(20) } };
        var (summary, rows) = await TestPlay.PlayAsync(TestPlay.Even(1200, 2), new StuckTarget(answers: 100), new VirtualPacer(), new PlayOptions { Guard = guard });
        Assert.Equal(stops ? GuardWatch.Saturated : null, summary.StopReason);
        Assert.Equal((stops, true), (summary.Saturation!.Stopped, double.IsPositiveInfinity(summary.Saturation.WaitSeconds)));
        Assert.Equal(stops, summary.Sent < 1200);
        Assert.All(rows.Skip(summary.Sent), row => Assert.Equal((Outcome.Unfinished, GuardWatch.Saturated), (row.Outcome, row.Reason)));
    }

    /// <summary>A service that answers its first calls at once and the others never.</summary>
    private sealed class StuckTarget(int answers) : ITarget
    {
        public ITargetCall Prepare(ScheduledCall call, string prompt, IRunClock clock) => new Call(call, clock, answers);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private sealed class Call(ScheduledCall call, IRunClock clock, int answers) : ITargetCall
        {
            public Instant? Sent { get; private set; }

            public async Task<CallRecord> SendAsync(RunStop stop)
            {
                Sent = clock.Now;
                if (call.Index >= answers)
                {
                    await Task.Delay(Timeout.Infinite, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    return CallRecord.Of(call, Outcome.Unfinished, stop.Reason) with { Sent = Sent };
                }

                return CallRecord.Of(call, Outcome.Completed) with { Sent = Sent, Completed = clock.Now + Duration.FromSeconds(1) };
            }
        }
    }

    private static int? Play(int servers, double load, double serviceSeconds, double seconds, int run, bool clocks = false, Func<double, double>? shape = null)
    {
        var random = new RandomStream(new Seed((ulong)run));
        var rate = load * servers / serviceSeconds;
        var queue = new QueueSimulation(servers, () => random.NextExponential() * serviceSeconds) { HasClocks = clocks };
        var watch = new SaturationWatch(s_options, Duration.FromSeconds(seconds));
        return queue.Play(watch, QueueSimulation.Arrivals(random, seconds, rate, shape is null ? null : at => rate * shape(at)));
    }
}
