using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors;

/// <summary>
/// The whole machine from /proc: cpu.util and cpu.steal (share of all processors), cpuN.util (share of one), memory.used (bytes), load.1m (tasks).
/// Absent, with the reason, where there is no /proc.
/// </summary>
internal sealed class HostSource : ISampleSource
{
    // A processor's ticks are 10 ms: over a second they resolve 1 %.
    private static readonly Duration s_perProcessor = Duration.FromSeconds(1);
    private static readonly Duration s_slow = Duration.FromSeconds(0.5);
    private readonly List<Counter> _counters = [];
    private readonly List<RateCounter?> _processors = [];
    private readonly RateCounter _util = new("host", "cpu.util", "share");
    private readonly RateCounter _steal = new("host", "cpu.steal", "share");
    private readonly Counter _memory = new("host", "memory.used", "bytes");
    private readonly Counter _load = new("host", "load.1m", "tasks");
    private readonly ProcFile? _stat;
    private readonly ProcFile? _meminfo;
    private readonly ProcFile? _loadavg;
    private Instant? _slowAt;

    public HostSource(string proc = "/proc")
    {
        _counters.AddRange([_util, _steal, _memory, _load]);

        // 64 KiB hold the processor lines of more than 600 processors; the interrupt counts behind them are not read.
        _stat = Open($"{proc}/stat", 1 << 16, _util, _steal);
        _meminfo = Open($"{proc}/meminfo", 4096, _memory);
        _loadavg = Open($"{proc}/loadavg", 256, _load);
    }

    public string Name => "host";

    public IReadOnlyCollection<Counter> Counters => _counters;

    public void Read(Instant now, ICollection<Sample> into)
    {
        if (_stat is not null)
        {
            Try(() => Processors(now, _stat.Read(), into), _util);
        }

        if (_meminfo is not null)
        {
            Try(() => Gauge(_memory, now, MemoryInfo.Parse(_meminfo.Read())?.Used, into), _memory);
        }

        if (_loadavg is not null && (_slowAt is not { } at || now - at >= s_slow))
        {
            _slowAt = now;
            Try(() => Gauge(_load, now, LoadAverage.Parse(_loadavg.Read()), into), _load);
        }
    }

    public void Dispose()
    {
        _stat?.Dispose();
        _meminfo?.Dispose();
        _loadavg?.Dispose();
    }

    private static void Try(Action read, Counter counter)
    {
        try
        {
            read();
        }
        catch (IOException e)
        {
            counter.Fail(e.Message);
        }
    }

    private static void Gauge(Counter counter, Instant now, double? value, ICollection<Sample> into)
    {
        if (value is { } known)
        {
            counter.Gauge(now, known, into);
        }
        else
        {
            counter.Fail("the kernel's text does not have the expected form");
        }
    }

    private static ProcFile? Open(string path, int capacity, params ReadOnlySpan<Counter> counters)
    {
        var file = ProcFile.TryOpen(path, out var reason, capacity);
        if (file is null)
        {
            foreach (var counter in counters)
            {
                counter.Stop(reason!);
            }
        }

        return file;
    }

    private void Processors(Instant now, ReadOnlySpan<byte> text, ICollection<Sample> into)
    {
        while (ProcText.TryLine(ref text, out var line) && CpuTimes.Processor(ProcText.Word(ref line)) is { } processor)
        {
            if (CpuTimes.Parse(line) is not { } times)
            {
                _util.Fail("the kernel's text does not have the expected form");
            }
            else if (processor < 0)
            {
                _util.Per(now, times.Busy, times.Total, into);
                _steal.Per(now, times.Stolen, times.Total, into);
            }
            else
            {
                OfProcessor(processor).Per(now, times.Busy, times.Total, into);
            }
        }
    }

    private RateCounter OfProcessor(int processor)
    {
        while (_processors.Count <= processor)
        {
            _processors.Add(null);
        }

        if (_processors[processor] is { } known)
        {
            return known;
        }

        var counter = new RateCounter("host", string.Create(CultureInfo.InvariantCulture, $"cpu{processor}.util"), "share", s_perProcessor);
        _processors[processor] = counter;
        _counters.Add(counter);
        return counter;
    }
}
