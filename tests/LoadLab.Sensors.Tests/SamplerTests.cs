using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors.Tests;

public sealed class SamplerTests
{
    [Fact]
    public void Live_host_and_own_process_end_up_in_the_samples_file()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        var path = Path.Combine(Directory.CreateTempSubdirectory("loadlab-sensors").FullName, SamplesFile.Name);
        SamplerSummary summary;
        using (var writer = new SamplesWriter(path))
        using (var set = SensorSet.Open().Add(new ProcessSource("engine", Environment.ProcessId)))
        {
            using var sampler = new Sampler(MonotonicClock.StartNow(), set.Sources, 50, writer);
            Spin(until: 40, sampler);
            sampler.Dispose();
            summary = sampler.Summary();
        }

        var rows = SamplesFile.Read(path);
        Assert.Equal(summary.Rows, rows.Count);
        Assert.Contains(rows, row => row is { Source: "host", Metric: "memory.used", Unit: "bytes", Value: > 1e6 });
        Assert.Contains(rows, row => row is { Source: "engine", Metric: "cpu.used", Value: > 0 and < 1024 });
        Assert.Contains(rows, row => row is { Source: "engine", Metric: "memory.resident", Value: > 1e6 });
        Assert.All(rows.Where(row => row.Unit == "share"), row => Assert.InRange(row.Value, 0, 1));
        Assert.All(rows.GroupBy(row => (row.Source, row.Metric)), series => Assert.True(Increasing(series.Select(row => row.At))));
        Assert.Null(summary.WriteFailure);
        Assert.True(summary.CpuTime > Duration.Zero);
    }

    [Fact]
    public void Source_that_throws_is_left_out_with_its_reason_and_the_others_go_on()
    {
        using var bad = new ThrowingSource();
        using var good = new CountingSource();
        using var sampler = new Sampler(MonotonicClock.StartNow(), [bad, good], 200, _ => { });
        Spin(until: 10, sampler);
        sampler.Dispose();

        Assert.Equal(1, bad.Reads);
        Assert.True(good.Reads >= 10);
        var counter = sampler.Summary().Counters.Single(counter => counter.Source == "bad");
        Assert.True(counter.Stopped);
        Assert.Contains("out of order", counter.Reason);
    }

    [Fact]
    public void Writer_that_fails_is_reported_and_reading_goes_on()
    {
        using var source = new CountingSource();
        using var sampler = new Sampler(MonotonicClock.StartNow(), [source], 200, _ => throw new IOException("disk full"));
        Spin(until: 10, sampler);
        sampler.Dispose();

        var summary = sampler.Summary();
        Assert.Equal("disk full", summary.WriteFailure);
        Assert.Equal(0, summary.Rows);
        Assert.True(source.Reads >= 10);
    }

    [Fact]
    public void Disposing_hands_on_what_was_read_last()
    {
        var rows = new List<Sample>();
        using var source = new CountingSource();
        var sampler = new Sampler(MonotonicClock.StartNow(), [source], 1, rows.AddRange);
        sampler.Dispose();
        sampler.Dispose();

        Assert.Equal(source.Reads, rows.Count);
        Assert.NotEmpty(rows);
    }

    [Fact]
    public void Read_that_hangs_is_named_and_left_behind()
    {
        using var source = new HangingSource();
        using var sampler = new Sampler(MonotonicClock.StartNow(), [source], 100, _ => { }) { Patience = TimeSpan.FromSeconds(0.1) };
        source.Entered.Wait(TestContext.Current.CancellationToken);
        sampler.Dispose();

        Assert.Equal("gpu0", sampler.Summary().Stalled);
        source.Go.Set();
    }

    /// <summary>Prints what sampling costs; docs/benchmarks/sensors.md keeps the figure. The share is not asserted: it is the machine's.</summary>
    [Fact]
    public void Cost_of_sampling_at_20_Hz_is_measured()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("loadlab-sensors").FullName, SamplesFile.Name);
        using var writer = new SamplesWriter(path);
        using var set = SensorSet.Open().Add(new ProcessSource("engine", Environment.ProcessId)).Add(new ProcessSource("server", Environment.ProcessId));
        using var sampler = new Sampler(MonotonicClock.StartNow(), set.Sources, 20, writer);
        Spin(until: 200, sampler);
        sampler.Dispose();

        var summary = sampler.Summary();
        Assert.True(summary.Rows > 0);
        var output = TestContext.Current.TestOutputHelper;
        output?.WriteLine($"{summary.Rounds} rounds in {summary.Length.Seconds:F2} s ({summary.ReachedHz:F1} Hz), {summary.Rows} rows, {summary.Missed} rounds missed: {summary.CoreShare:P2} of one core");
        output?.WriteLine($"samplers: {set.Label}");
        output?.WriteLine($"machine: {MachineDescription.Read().Line}");
        foreach (var counter in summary.Counters)
        {
            output?.WriteLine(counter.ToString());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(1e6)]
    public void Rate_out_of_bounds_is_refused(double rate) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sampler(MonotonicClock.StartNow(), [], rate, _ => { }));

    /// <summary>Waits for rounds, not for time, so that a loaded machine only makes it slower.</summary>
    internal static void Spin(long until, Sampler sampler) => Wait(() => sampler.Summary().Rounds >= until);

    /// <summary>The bound only ends a test that would never end.</summary>
    internal static void Wait(Func<bool> until) => Assert.True(SpinWait.SpinUntil(() => Slept() && until(), TimeSpan.FromMinutes(2)));

    private static bool Slept()
    {
        Thread.Sleep(10);
        return true;
    }

    internal static bool Increasing(IEnumerable<Instant> times) => times.Zip(times.Skip(1)).All(pair => pair.First < pair.Second);

    private sealed class CountingSource : ISampleSource
    {
        private readonly Counter _counter = new("good", "reads", "count");

        public long Reads { get; private set; }

        public string Name => "good";

        public IReadOnlyCollection<Counter> Counters => [_counter];

        public void Read(Instant now, ICollection<Sample> into) => _counter.Gauge(now, ++Reads, into);

        public void Dispose()
        {
        }
    }

    private sealed class HangingSource : ISampleSource
    {
        public ManualResetEventSlim Entered { get; } = new();

        public ManualResetEventSlim Go { get; } = new();

        public string Name => "gpu0";

        public IReadOnlyCollection<Counter> Counters => [];

        public void Read(Instant now, ICollection<Sample> into)
        {
            Entered.Set();
            Go.Wait();
        }

        public void Dispose()
        {
        }
    }

    private sealed class ThrowingSource : ISampleSource
    {
        private readonly Counter _counter = new("bad", "reads", "count");

        public long Reads { get; private set; }

        public string Name => "bad";

        public IReadOnlyCollection<Counter> Counters => [_counter];

        public void Read(Instant now, ICollection<Sample> into)
        {
            Reads++;
            throw new InvalidOperationException("out of order");
        }

        public void Dispose()
        {
        }
    }
}
