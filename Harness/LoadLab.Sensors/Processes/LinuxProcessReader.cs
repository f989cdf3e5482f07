using System.Globalization;

namespace LoadLab.Sensors;

/// <summary>One process through /proc/PID/stat and its CPU clock, which counts nanoseconds where the file counts ticks of 10 ms.</summary>
internal sealed class LinuxProcessReader : IProcessReader
{
    // USER_HZ, the unit of /proc, is 100 on every architecture .NET runs on.
    private const long NanosecondsPerTick = 10_000_000;
    private readonly int _pid;
    private readonly ProcFile? _stat;

    public LinuxProcessReader(int pid)
    {
        _pid = pid;
        _stat = ProcFile.TryOpen(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"), out _);
    }

    public bool TryRead(out ProcessReading reading)
    {
        reading = default;
        try
        {
            if (_stat is null || ProcStat.Parse(_stat.Read()) is not { } stat)
            {
                return false;
            }

            var cpu = Native.ProcessCpuNanoseconds(_pid) ?? stat.Ticks * NanosecondsPerTick;
            reading = new ProcessReading(cpu, stat.ResidentPages * Environment.SystemPageSize, stat.Threads);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public void Dispose() => _stat?.Dispose();
}
