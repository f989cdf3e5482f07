using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors;

/// <summary>
/// One GPU through NVML. A lost GPU ends this source's counters with one row, <c>lost</c> = 1; others go on. Its kernel.active is the share of time in which
/// any kernel ran: neither the busy share that policies read nor FLOP/s over peak.
/// </summary>
internal sealed class GpuSource : ISampleSource
{
    private readonly NvmlSession _session;
    private readonly Counter _lost;
    private readonly GpuCounter? _power;
    private readonly GpuEnergy? _energy;
    private readonly GpuProcesses? _processes;
    private readonly List<GpuCounter> _others = [];
    private readonly List<Sample> _powerRows = [];

    public GpuSource(NvmlSession session, int index)
    {
        _session = session;
        Name = string.Create(CultureInfo.InvariantCulture, $"gpu{index}");
        _lost = new Counter(Name, "lost", "flag");
        var result = session.Device(index, out var device);
        if (result != NvmlResult.Success)
        {
            _lost.Stop($"nvmlDeviceGetHandleByIndex_v2: {session.Error(result)}");
            return;
        }

        _power = new GpuCounter(session, device, Name, GpuMetric.Power);
        _energy = new GpuEnergy(session, device, Name);
        _others.AddRange(GpuMetric.Others.Select(metric => new GpuCounter(session, device, Name, metric)));
        _processes = new GpuProcesses(session, device, Name);
    }

    public string Name { get; }

    public IReadOnlyCollection<Counter> Counters => _power is null
        ? [_lost]
        : [_power.Counter, _energy!.Counter, .. _others.Select(other => other.Counter), .. _processes!.Counters, _lost];

    public void Read(Instant now, ICollection<Sample> into)
    {
        if (_lost.Stopped)
        {
            return;
        }

        foreach (var result in Results(now, into))
        {
            if (result.IsLoss())
            {
                Lose(now, _session.Error(result), into);
                return;
            }
        }
    }

    public void Dispose()
    {
        // The session is shared by all GPUs and is closed by the set.
    }

    private IEnumerable<NvmlResult> Results(Instant now, ICollection<Sample> into)
    {
        _powerRows.Clear();
        yield return _power!.Read(now, _powerRows);
        foreach (var row in _powerRows)
        {
            into.Add(row);
        }

        yield return _energy!.Read(now, _powerRows, into);
        foreach (var other in _others)
        {
            yield return other.Read(now, into);
        }

        yield return _processes!.Read(now, into);
    }

    private void Lose(Instant now, string reason, ICollection<Sample> into)
    {
        _lost.Gauge(now, 1, into);
        foreach (var counter in Counters)
        {
            counter.Stop(reason);
        }
    }
}
