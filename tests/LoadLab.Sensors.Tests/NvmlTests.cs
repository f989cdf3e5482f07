using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors.Tests;

/// <summary>Drives the real native calls into a library built for the test; see native/fake_nvml.c for what its devices do.</summary>
public sealed class NvmlTests
{
    [Fact]
    public void Counter_that_refreshes_every_167_ms_is_reported_at_6_Hz_when_asked_at_100_Hz()
    {
        // Rounds that a loaded machine makes late see a refresh late: their median is waited for, and one at the rate of asking never comes.
        var (summary, rows) = Sample(FakeNvml.Build(), 100, done => Of(done, "gpu0", "power") is { Distinct: >= 16, RefreshMedian.Seconds: > 1 / 6.5 and < 1 / 5.0 });

        var power = Of(summary, "gpu0", "power");
        Assert.InRange(1 / power.RefreshMedian!.Value.Seconds, 5.0, 6.5);
        Assert.False(power.DriverTimes);

        // However often it was asked, no more rows than refreshes: never the same one twice.
        Assert.True(power.Distinct <= (summary.Length.Seconds / 0.167) + 2, power.ToString());
        Assert.Equal(power.Distinct + power.Heartbeats, rows.Count(row => row is { Source: "gpu0", Metric: "power" }));
        Assert.Equal(power.Reads, power.Distinct + power.Heartbeats + power.Repeats);
        Assert.All(rows.Where(row => row is { Source: "gpu0", Metric: "power" }), row => Assert.InRange(row.Value, 300, 310));
    }

    [Fact]
    public void Steady_counter_stays_visible_once_a_second()
    {
        var (summary, rows) = Sample(FakeNvml.Build(), 50, done => Of(done, "gpu0", "kernel.active").Heartbeats >= 2);

        var steady = Of(summary, "gpu0", "kernel.active");
        Assert.Equal(1, steady.Distinct);
        Assert.Null(steady.RefreshMedian);
        var times = rows.Where(row => row is { Source: "gpu0", Metric: "kernel.active", Value: 0.75 }).Select(row => row.At).ToList();
        Assert.Equal(1 + steady.Heartbeats, times.Count);
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.True((pair.Second - pair.First).Seconds >= 1));
    }

    [Fact]
    public void Failing_counter_is_counted_and_left_alone_between_while_the_others_go_on()
    {
        var (summary, rows) = Sample(FakeNvml.Build(), 100, done => done.Rounds >= 50);

        var failing = Of(summary, "gpu0", "temperature");
        Assert.True(failing.Failures >= 1);
        Assert.True(failing.Failures <= summary.Length.Seconds + 1, failing.ToString());
        Assert.False(failing.Stopped);
        Assert.Contains("nvmlDeviceGetTemperature: Unknown Error (999)", failing.Reason);
        Assert.DoesNotContain(rows, row => row is { Source: "gpu0", Metric: "temperature" });
        Assert.Contains(rows, row => row is { Source: "gpu0", Metric: "clock.sm", Unit: "MHz", Value: 1980 });
        Assert.Contains(rows, row => row is { Source: "gpu0", Metric: "clock.mem", Value: 3201 });
        Assert.Contains(rows, row => row is { Source: "gpu2", Metric: "temperature", Unit: "C", Value: 61 });
    }

    [Fact]
    public void Lost_device_ends_its_counters_with_one_row_and_the_others_go_on()
    {
        var (summary, rows) = Sample(FakeNvml.Build(), 100, done => Of(done, "gpu1", "lost").Stopped && Of(done, "gpu0", "memory.used").Reads > 60);

        var lost = Assert.Single(rows, row => row.Metric == "lost");
        Assert.Equal(("gpu1", 1.0), (lost.Source, lost.Value));
        Assert.All(summary.Counters.Where(counter => counter.Source == "gpu1"), counter => Assert.True(counter.Stopped, counter.ToString()));
        Assert.Contains("GPU is lost (15)", Of(summary, "gpu1", "memory.used").Reason);
        Assert.DoesNotContain(rows, row => row.Source == "gpu1" && row.At > lost.At);
        Assert.Contains(rows, row => row.Source == "gpu0" && row.At > lost.At);
        Assert.Contains(rows, row => row.Source == "gpu2" && row.At > lost.At);
    }

    [Fact]
    public void Missing_symbol_costs_only_its_own_counter()
    {
        var (summary, rows) = Sample(FakeNvml.Build(), 100, done => done.Rounds >= 5);

        var limit = Of(summary, "gpu0", "power.limit");
        Assert.True(limit.Stopped);
        Assert.Equal("nvmlDeviceGetEnforcedPowerLimit is not exported by this driver", limit.Reason);
        Assert.Contains(rows, row => row is { Source: "gpu0", Metric: "memory.used", Unit: "bytes", Value: 10.0 * (1L << 30) });
        Assert.Contains(rows, row => row is { Source: "gpu0", Metric: "throttle.reasons", Unit: "bits", Value: 4 });
    }

    [Fact]
    public void Driver_buffer_gives_every_sample_once_at_the_drivers_own_times()
    {
        var (summary, rows) = Sample(FakeNvml.Build(), 50, done => Of(done, "gpu2", "kernel.active").Distinct >= 12);

        var active = Of(summary, "gpu2", "kernel.active");
        Assert.True(active.DriverTimes);
        Assert.Equal(0.1, active.RefreshMedian!.Value.Seconds, tolerance: 0.005);
        var series = rows.Where(row => row is { Source: "gpu2", Metric: "kernel.active" }).ToList();
        Assert.Equal(active.Distinct, series.Count);
        Assert.True(SamplerTests.Increasing(series.Select(row => row.At)));

        // The library alternates 0 and 100 % from sample to sample: a gap or a double would show as two equal neighbours.
        Assert.All(series.Zip(series.Skip(1)), pair => Assert.Equal(1, pair.First.Value + pair.Second.Value));
    }

    [Fact]
    public void Energy_is_the_difference_of_the_drivers_counter()
    {
        var (summary, rows) = Sample(FakeNvml.Build(), 100, done => Of(done, "gpu0", "energy").Distinct >= 10);

        var series = rows.Where(row => row is { Source: "gpu0", Metric: "energy", Unit: "J" }).ToList();
        Assert.Equal(0, series[0].Value);

        // 100 W refreshed every 100 ms: what was counted between two rows is the time between them, give or take one refresh at each end. The median of all pairs is not moved by a round
        // that was held up between its time and its reading.
        var watts = series.SelectMany((last, i) => series.Take(i).Select(first => (last.Value - first.Value) / (last.At - first.At).Seconds)).Order().ToList();
        Assert.Equal(100, watts[watts.Count / 2], tolerance: 25);
        Assert.Equal(0, series[^1].Value % 10, tolerance: 1e-6);
        Assert.Null(Of(summary, "gpu0", "energy").Reason);
    }

    [Fact]
    public void Energy_without_a_counter_is_summed_from_power_and_says_so()
    {
        var (summary, rows) = Sample(FakeNvml.Build(), 50, done => Of(done, "gpu2", "energy.from_power").Distinct >= 8);

        var power = rows.Where(row => row is { Source: "gpu2", Metric: "power" }).ToList();
        var joules = rows.Last(row => row is { Source: "gpu2", Metric: "energy.from_power", Unit: "J" });
        Assert.All(power, row => Assert.Equal(200, row.Value, tolerance: 1e-9));
        Assert.Equal((joules.At - power[0].At).Seconds * 200, joules.Value, tolerance: 1e-6);
        Assert.DoesNotContain(rows, row => row is { Source: "gpu2", Metric: "energy" });
        Assert.Contains("summed from power samples", Of(summary, "gpu2", "energy.from_power").Reason);
        Assert.Contains("Not Supported (3)", Of(summary, "gpu2", "energy.from_power").Reason);
    }

    [Fact]
    public void Memory_of_each_process_is_kept_even_when_there_are_more_than_expected()
    {
        var (_, rows) = Sample(FakeNvml.Build(), 50, done => done.Rounds >= 5);

        Assert.Contains(rows, row => row is { Source: "gpu2", Metric: "processes", Value: 40 });
        Assert.Contains(rows, row => row is { Source: "gpu2", Metric: "memory.process.1000", Unit: "bytes", Value: 1e6 });
        Assert.Contains(rows, row => row is { Source: "gpu2", Metric: "memory.process.1001", Value: 2e6 + 40e6 });
        Assert.DoesNotContain(rows, row => row.Metric == "memory.process.1002");
    }

    [Fact]
    public void Driver_that_exports_only_the_start_has_absent_counters_and_no_crash()
    {
        var (summary, rows) = Sample(FakeNvml.Build("FAKE_BARE"), 100, done => done.Rounds >= 5);

        Assert.DoesNotContain(rows, row => row.Source.StartsWith("gpu", StringComparison.Ordinal));
        Assert.All(summary.Counters.Where(counter => counter.Source == "gpu0" && counter.Metric is not ("lost" or "energy.from_power")), counter => Assert.Contains("not exported", counter.Reason));
        Assert.Equal("3 x unnamed GPU (0 GiB), driver unknown", DeviceDescription.Read(FakeNvml.Build("FAKE_BARE")).Line);
    }

    [Fact]
    public void Sessions_are_closed()
    {
        var library = FakeNvml.Build();
        Sample(library, 100, done => done.Rounds >= 2);
        DeviceDescription.Read(library);

        var handle = NativeLibrary.Load(library);
        Assert.Equal(0, Marshal.ReadInt32(NativeLibrary.GetExport(handle, "fake_open_sessions")));
    }

    [Fact]
    public void Missing_library_is_absent_with_its_reason()
    {
        using var set = SensorSet.Open("/nowhere/libnvidia-ml.so.1");
        Assert.EndsWith("nvml absent (/nowhere/libnvidia-ml.so.1 cannot be loaded)", set.Label);
        Assert.Equal("nvml absent (/nowhere/libnvidia-ml.so.1 cannot be loaded)", DeviceDescription.Read("/nowhere/libnvidia-ml.so.1").Line);
    }

    [Fact]
    public void Driver_that_refuses_to_start_is_absent_with_its_reason()
    {
        using var set = SensorSet.Open(FakeNvml.Build("FAKE_INIT=9"));
        Assert.EndsWith("nvml absent (nvmlInit_v2: Driver Not Loaded (9))", set.Label);
    }

    [Fact]
    public void Driver_without_a_device_is_absent_with_its_reason()
    {
        using var set = SensorSet.Open(FakeNvml.Build("FAKE_DEVICES=0"));
        Assert.EndsWith("nvml absent (the driver has no GPU)", set.Label);
    }

    [Fact]
    public void Device_description_names_devices_driver_and_memory()
    {
        var description = DeviceDescription.Read(FakeNvml.Build());
        Assert.Equal("3 x Fake GPU (80 GiB), driver 999.12.34", description.Line);
        Assert.Equal("GPU-1", description.Gpus[1].Uuid);
    }

    [Fact]
    public void Structs_have_the_drivers_sizes()
    {
        Assert.Equal(24, Unsafe.SizeOf<NvmlMemory>());
        Assert.Equal(8, Unsafe.SizeOf<NvmlUtilization>());
        Assert.Equal(24, Unsafe.SizeOf<NvmlProcess>());
        Assert.Equal(16, Unsafe.SizeOf<NvmlSample>());
    }

    private static CounterSummary Of(SamplerSummary summary, string source, string metric) =>
        summary.Counters.Single(counter => counter.Source == source && counter.Metric == metric);

    /// <summary>Samples until the condition holds: a loaded machine makes it slower, never wrong.</summary>
    private static (SamplerSummary Summary, List<Sample> Rows) Sample(string library, double rateHz, Func<SamplerSummary, bool> until)
    {
        var rows = new List<Sample>();
        using var set = SensorSet.Open(library);
        using var sampler = new Sampler(MonotonicClock.StartNow(), set.Sources, rateHz, rows.AddRange);
        SamplerTests.Wait(() => until(sampler.Summary()));

        sampler.Dispose();
        return (sampler.Summary(), rows);
    }
}
