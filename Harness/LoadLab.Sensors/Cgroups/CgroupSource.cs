using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors;

/// <summary>
/// The control group this process runs in, versions 1 and 2: cpu.used (cores), cpu.throttled (core-seconds held back per second, as cores), memory.used
/// (bytes), and the limits that bind, cpu.limit (cores) and memory.limit (bytes), where there are any.
/// </summary>
internal sealed class CgroupSource : ISampleSource
{
    private static readonly Duration s_slow = Duration.FromSeconds(1);
    private readonly RateCounter _used = new("cgroup", "cpu.used", "cores");
    private readonly RateCounter _throttled = new("cgroup", "cpu.throttled", "cores");
    private readonly Counter _memory = new("cgroup", "memory.used", "bytes");
    private readonly Counter _cpuLimit = new("cgroup", "cpu.limit", "cores");
    private readonly Counter _memoryLimit = new("cgroup", "memory.limit", "bytes");
    private readonly CgroupFolders _folders;
    private readonly CgroupFile _usage;
    private readonly CgroupFile _throttling;
    private readonly CgroupFile _bytes;
    private Instant? _limitsAt;

    public CgroupSource(CgroupFolders folders)
    {
        _folders = folders;
        _usage = new CgroupFile(folders.CpuAccounting, _used, ("cpuacct.usage", "", 1), ("cpu.stat", "usage_usec", 1000));
        _throttling = new CgroupFile(folders.Cpu, _throttled, ("cpu.stat", "throttled_time", 1), ("cpu.stat", "throttled_usec", 1000));
        _bytes = new CgroupFile(folders.Memory, _memory, ("memory.usage_in_bytes", "", 1), ("memory.current", "", 1));
    }

    public string Name => "cgroup";

    public IReadOnlyCollection<Counter> Counters => [_used, _throttled, _memory, _cpuLimit, _memoryLimit];

    public void Read(Instant now, ICollection<Sample> into)
    {
        if (_usage.Read() is { } nanoseconds)
        {
            _used.PerTime(now, nanoseconds, into);
        }

        if (_throttling.Read() is { } held)
        {
            _throttled.PerTime(now, held, into);
        }

        if (_bytes.Read() is { } bytes)
        {
            _memory.Gauge(now, bytes, into);
        }

        if (_limitsAt is not { } at || now - at >= s_slow)
        {
            _limitsAt = now;
            Limits(now, into);
        }
    }

    public void Dispose()
    {
        _usage.Dispose();
        _throttling.Dispose();
        _bytes.Dispose();
    }

    private void Limits(Instant now, ICollection<Sample> into)
    {
        var limits = CgroupLimits.Of(_folders);
        Limit(_cpuLimit, now, limits.Cores, into);
        Limit(_memoryLimit, now, limits.MemoryBytes, into);
    }

    private static void Limit(Counter counter, Instant now, double? limit, ICollection<Sample> into)
    {
        if (limit is { } known)
        {
            counter.Gauge(now, known, into);
        }
        else
        {
            counter.Note("no limit is set");
        }
    }
}
