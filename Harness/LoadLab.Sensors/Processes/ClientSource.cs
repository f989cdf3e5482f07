using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors;

/// <summary>
/// What can make a client the bottleneck of its own measurement, beside its processors: engine gc.pause (share of time in which garbage collection held every thread), host cpu.pressure (share of time
/// in which a task waited for a processor: /proc/pressure/cpu, "some"), host tcp.ports (TCP sockets in use or waiting to be forgotten, over the ports that the system gives out).
/// </summary>
public sealed class ClientSource : ISampleSource
{
    private static readonly Duration s_period = Duration.FromSeconds(1);
    private readonly RateCounter _pause = new("engine", "gc.pause", "share");
    private readonly RateCounter _pressure = new("host", "cpu.pressure", "share");
    private readonly Counter _ports = new("host", "tcp.ports", "share");
    private readonly ProcFile? _pressureFile;
    private readonly ProcFile? _socketFile;
    private readonly double? _portCount;
    private Instant? _readAt;

    public ClientSource()
        : this("/proc")
    {
    }

    internal ClientSource(string proc)
    {
        _pressureFile = Open($"{proc}/pressure/cpu", _pressure);
        _socketFile = Open($"{proc}/net/sockstat", _ports);
        _portCount = PortCount($"{proc}/sys/net/ipv4/ip_local_port_range");
        if (_portCount is null)
        {
            _ports.Stop("the range of ports is not known");
        }
    }

    public string Name => "engine";

    public IReadOnlyCollection<Counter> Counters => [_pause, _pressure, _ports];

    public void Read(Instant now, ICollection<Sample> into)
    {
        if (now - _readAt < s_period)
        {
            return;
        }

        _readAt = now;
        _pause.PerTime(now, GC.GetTotalPauseDuration().TotalNanoseconds, into);
        Try(_pressure, _pressureFile, text => WaitedMicroseconds(text) is { } waited ? () => _pressure.PerTime(now, waited * 1e3, into) : null);
        Try(_ports, _portCount is null ? null : _socketFile, text => SocketsOf(text) is { } sockets ? () => _ports.Gauge(now, sockets / _portCount!.Value, into) : null);
    }

    public void Dispose()
    {
        _pressureFile?.Dispose();
        _socketFile?.Dispose();
    }

    /// <summary>The total of the line "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234".</summary>
    internal static long? WaitedMicroseconds(ReadOnlySpan<byte> text)
    {
        while (ProcText.TryLine(ref text, out var line))
        {
            if (!ProcText.Word(ref line).SequenceEqual("some"u8))
            {
                continue;
            }

            var at = line.IndexOf("total="u8);
            if (at >= 0)
            {
                line = line[(at + 6)..];
                return ProcText.Number(ref line);
            }
        }

        return null;
    }

    /// <summary>inuse + tw of the line "TCP: inuse 5 orphan 0 tw 2 alloc 7 mem 1": sockets that hold a port.</summary>
    internal static long? SocketsOf(ReadOnlySpan<byte> text)
    {
        while (ProcText.TryLine(ref text, out var line))
        {
            if (!ProcText.Word(ref line).SequenceEqual("TCP:"u8))
            {
                continue;
            }

            var held = 0L;
            for (var key = ProcText.Word(ref line); key.Length > 0; key = ProcText.Word(ref line))
            {
                var value = ProcText.Number(ref line);
                held += key.SequenceEqual("inuse"u8) || key.SequenceEqual("tw"u8) ? value ?? 0 : 0;
            }

            return held;
        }

        return null;
    }

    private delegate Action? Parse(ReadOnlySpan<byte> text);

    private static void Try(Counter counter, ProcFile? file, Parse parse)
    {
        if (file is null)
        {
            return;
        }

        try
        {
            if (parse(file.Read()) is { } write)
            {
                write();
                return;
            }

            counter.Fail("the kernel's text does not have the expected form");
        }
        catch (IOException e)
        {
            counter.Fail(e.Message);
        }
    }

    private static ProcFile? Open(string path, Counter counter)
    {
        var file = ProcFile.TryOpen(path, out var reason);
        if (file is null)
        {
            counter.Stop(reason!);
        }

        return file;
    }

    private static double? PortCount(string path)
    {
        using var file = ProcFile.TryOpen(path, out _, 64);
        if (file is null)
        {
            return null;
        }

        var line = file.Read().TrimEnd((byte)'\n');
        return ProcText.Number(ref line) is { } first && ProcText.Number(ref line) is { } last && last >= first ? last - first + 1 : null;
    }
}
