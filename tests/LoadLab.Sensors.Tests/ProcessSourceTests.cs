using System.Diagnostics;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors.Tests;

public sealed class ProcessSourceTests
{
    [Fact]
    public void Linux_and_portable_readers_agree_on_this_process()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        using var linux = new LinuxProcessReader(Environment.ProcessId);
        using var portable = new PortableProcessReader(Environment.ProcessId);
        Assert.True(portable.TryRead(out var before));
        Assert.True(linux.TryRead(out var reading));
        Assert.True(portable.TryRead(out var after));

        // The runtime's figures have ticks of 10 ms, in the user's time and in the system's, and lack what each processor has not booked yet.
        var ticks = 10_000_000 * (2 + Environment.ProcessorCount);
        Assert.InRange(reading.CpuNanoseconds, before.CpuNanoseconds - ticks, after.CpuNanoseconds + ticks);
        Assert.InRange(reading.ResidentBytes, before.ResidentBytes / 2, after.ResidentBytes * 2);
        Assert.InRange(reading.Threads, 1, 10_000);
    }

    [Fact]
    public void Linux_cpu_time_is_finer_than_a_tick()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads the process's CPU clock");
        Assert.NotNull(Native.ProcessCpuNanoseconds(Environment.ProcessId));
        Assert.NotEqual(0, Native.ProcessCpuNanoseconds(Environment.ProcessId) % 10_000_000);
    }

    [Fact]
    public void Ended_process_stops_its_counters_with_a_reason()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "starts sleep");
        using var process = Process.Start("sleep", "60");
        using var source = new ProcessSource("server", process.Id);
        List<Sample> rows = [];
        source.Read(Instant.Zero, rows);
        var running = rows.Count;
        process.Kill();
        process.WaitForExit();
        source.Read(Instant.FromSeconds(1), rows);
        source.Read(Instant.FromSeconds(2), rows);

        Assert.Equal(2, running);
        Assert.Equal(running, rows.Count);
        Assert.All(source.Counters, counter => Assert.Equal("the process has ended or cannot be read", counter.Summary().Reason));
    }

    [Fact]
    public void Process_that_never_was_is_absent_and_not_an_error()
    {
        using var source = new ProcessSource("server", int.MaxValue);
        using var portable = new PortableProcessReader(int.MaxValue);
        List<Sample> rows = [];
        source.Read(Instant.Zero, rows);
        Assert.Empty(rows);
        Assert.False(portable.TryRead(out _));
    }

    [Fact]
    public void Reads_closer_than_the_period_are_left_out()
    {
        var reader = new StepReader();
        using var source = new ProcessSource("engine", reader, Duration.FromSeconds(0.5));
        List<Sample> rows = [];
        source.Read(Instant.Zero, rows);
        source.Read(Instant.FromSeconds(0.2), rows);
        source.Read(Instant.FromSeconds(0.5), rows);

        Assert.Equal(2, reader.Reads);
        Assert.Equal(0.5, rows.Single(row => row.Metric == "cpu.used").Value, 9);
    }

    [Fact]
    public void Machine_is_described_in_one_line()
    {
        var machine = MachineDescription.Read();
        Assert.Equal(Environment.ProcessorCount, machine.Cores);
        Assert.True(machine.MemoryBytes > 1 << 20);
        Assert.DoesNotContain('\n', machine.Line);
        Assert.Equal(
            "AMD EPYC, 1 core, 23.5 GiB, Debian 12, cgroup limits: 1.5 cores, 4.0 GiB",
            new MachineDescription("AMD EPYC", 1, (long)(23.5 * (1L << 30)), "Debian 12", 1.5, 4L << 30).Line);
        Assert.EndsWith("2 cores, Debian 12, cgroup limits: none", new MachineDescription("x", 2, null, "Debian 12", null, null).Line);
        Assert.Equal("AMD EPYC 9B14", MachineDescription.ModelName("processor\t: 0\nmodel name\t: AMD EPYC 9B14\nmodel name: other\n"));
        Assert.Null(MachineDescription.ModelName("garbage\n:\n"));
    }

    private sealed class StepReader : IProcessReader
    {
        public int Reads { get; private set; }

        public bool TryRead(out ProcessReading reading)
        {
            reading = new ProcessReading(250_000_000L * Reads++, 4096, 1);
            return true;
        }

        public void Dispose()
        {
        }
    }
}
