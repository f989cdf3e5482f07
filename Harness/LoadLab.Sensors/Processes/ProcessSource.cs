using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors;

/// <summary>One process: cpu.used (cores; 1 = one core kept busy), memory.resident (bytes), threads. Ends, with the reason, when the process does.</summary>
public sealed class ProcessSource : ISampleSource
{
    private readonly IProcessReader _reader;
    private readonly Duration _period;
    private readonly RateCounter _cpu;
    private readonly Counter _memory;
    private readonly Counter _threads;
    private Instant? _readAt;

    /// <param name="name">The series' source: engine, server, replicaN.</param>
    /// <param name="pid">The process's number.</param>
    public ProcessSource(string name, int pid)
        : this(name, OperatingSystem.IsLinux() ? new LinuxProcessReader(pid) : new PortableProcessReader(pid), Duration.FromSeconds(OperatingSystem.IsLinux() ? 0 : 0.5))
    {
    }

    /// <param name="period">Reads closer than this are left out: the runtime's way takes milliseconds.</param>
    internal ProcessSource(string name, IProcessReader reader, Duration period)
    {
        (Name, _reader, _period) = (name, reader, period);
        _cpu = new RateCounter(name, "cpu.used", "cores");
        _memory = new Counter(name, "memory.resident", "bytes");
        _threads = new Counter(name, "threads", "count");
    }

    public string Name { get; }

    public IReadOnlyCollection<Counter> Counters => [_cpu, _memory, _threads];

    public void Read(Instant now, ICollection<Sample> into)
    {
        if (_cpu.Stopped || now - _readAt < _period)
        {
            return;
        }

        _readAt = now;
        if (_reader.TryRead(out var reading))
        {
            _cpu.PerTime(now, reading.CpuNanoseconds, into);
            _memory.Gauge(now, reading.ResidentBytes, into);
            _threads.Gauge(now, reading.Threads, into);
            return;
        }

        foreach (var counter in Counters)
        {
            counter.Stop("the process has ended or cannot be read");
        }
    }

    public void Dispose() => _reader.Dispose();
}
