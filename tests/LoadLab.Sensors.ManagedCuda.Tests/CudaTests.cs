using LoadLab.Core;
using LoadLab.Core.Runs;
using ManagedCuda;

namespace LoadLab.Sensors.ManagedCuda.Tests;

/// <summary>The sampler's logic. One class, so that its tests share the stand-in's driver one after another.</summary>
public sealed class CudaTests
{
    private static readonly Exception s_noDriver = new TypeInitializationException("ManagedCuda.DriverAPINativeMethods", new DllNotFoundException("nvcuda"));

    [Fact]
    public void A_missing_driver_is_told_as_absent()
    {
        StandInDriver.Current = new StandInDriver { Fault = s_noDriver };
        Assert.Equal("absent (the CUDA driver library cannot be loaded)", CudaDevices.Read().Line);
        StandInDriver.Current = new StandInDriver { Fault = new DllNotFoundException("nvcuda") };
        Assert.Equal("absent (the CUDA driver library cannot be loaded)", CudaDevices.Read().Line);
    }

    [Fact]
    public void A_driver_that_fails_is_told_with_its_first_line()
    {
        StandInDriver.Current = new StandInDriver { Fault = new CudaException("ErrorNoDevice: no CUDA-capable device\nmore") };
        Assert.Equal("absent (ErrorNoDevice: no CUDA-capable device)", CudaDevices.Read().Line);
    }

    [Fact]
    public void A_fault_of_this_program_is_not_hidden()
    {
        StandInDriver.Current = new StandInDriver { Fault = new InvalidOperationException("a bug") };
        Assert.Throws<InvalidOperationException>(CudaDevices.Read);
    }

    [Fact]
    public void No_device_is_absent()
    {
        StandInDriver.Current = new StandInDriver();
        Assert.Equal("absent (the driver has no GPU)", CudaDevices.Read().Line);
    }

    [Fact]
    public void Two_devices_are_described_without_a_context()
    {
        StandInDriver.Current = new StandInDriver { Devices = 2 };
        Assert.Equal("cuda0 Stand-in 0 (132 SM, compute 9.0, 80 GiB, CUDA 12.8), cuda1 Stand-in 1 (132 SM, compute 9.0, 80 GiB, CUDA 12.8)", CudaDevices.Read().Line);
        Assert.Equal(0, StandInDriver.Current.Contexts);
    }

    [Fact]
    public void Memory_of_two_devices_is_read_each_in_its_own_context()
    {
        StandInDriver.Current = new StandInDriver { Devices = 2 };
        var rows = new List<Sample>();
        var sources = CudaDevices.Read().Devices.Select(device => new CudaSource(device)).ToList();
        sources.ForEach(source => source.Read(Instant.FromSeconds(1), rows));
        StandInDriver.Current.FreeBytes -= 1UL << 30;
        sources.ForEach(source => source.Read(Instant.FromSeconds(1.1), rows));

        Assert.Equal([60.0 * (1L << 30), 59.0 * (1L << 30)], Values(rows, "cuda0", "memory.free"));
        Assert.Equal([20.0 * (1L << 30), 21.0 * (1L << 30)], Values(rows, "cuda0", "memory.used"));
        Assert.Equal([80.0 * (1L << 30)], Values(rows, "cuda0", "memory.total"));
        Assert.Equal([(60.0 * (1L << 30)) - 1, (59.0 * (1L << 30)) - 1], Values(rows, "cuda1", "memory.free"));
        Assert.Equal(2, StandInDriver.Current.Contexts);
        sources.ForEach(source => source.Dispose());
        Assert.Equal(0, StandInDriver.Current.Contexts);
    }

    [Fact]
    public void A_device_without_room_for_a_context_stops_its_counters_with_the_reason()
    {
        StandInDriver.Current = new StandInDriver { Devices = 1, ContextFault = new CudaException("ErrorOutOfMemory") };
        using var source = new CudaSource(CudaDevices.Read().Devices[0]);
        source.Read(Instant.FromSeconds(1), []);

        Assert.All(source.Counters, counter => Assert.Equal((true, "ErrorOutOfMemory"), (counter.Stopped, counter.Summary().Reason)));
    }

    [Fact]
    public void A_read_that_fails_is_counted_and_tried_again()
    {
        StandInDriver.Current = new StandInDriver { Devices = 1 };
        using var source = new CudaSource(CudaDevices.Read().Devices[0]);
        var rows = new List<Sample>();
        source.Read(Instant.FromSeconds(1), rows);
        StandInDriver.Current.Fault = new CudaException("ErrorUnknown");
        source.Read(Instant.FromSeconds(2), rows);
        StandInDriver.Current.Fault = null;
        source.Read(Instant.FromSeconds(3), rows);

        Assert.Equal(2, Values(rows, "cuda0", "memory.free").Count);
        Assert.All(source.Counters, counter => Assert.Equal((false, 1L), (counter.Stopped, counter.Summary().Failures)));
    }

    private static List<double> Values(IEnumerable<Sample> rows, string source, string metric) =>
        [.. rows.Where(row => row.Source == source && row.Metric == metric).Select(row => row.Value)];
}
