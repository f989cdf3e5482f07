using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors;

/// <summary>
/// Memory of each process that computes on a GPU, once a second: memory.process.PID (bytes), zero once when it leaves. Inside a container the numbers are the
/// host's, as the driver gives them.
/// </summary>
internal sealed class GpuProcesses
{
    private const string Symbol = "nvmlDeviceGetComputeRunningProcesses_v3";
    private const ulong NotAvailable = ulong.MaxValue;
    private const int MaxProcesses = 1024;
    private static readonly Duration s_period = Duration.FromSeconds(1);
    private readonly NvmlSession _session;
    private readonly nint _device;
    private readonly string _source;
    private readonly nint _symbol;
    private readonly Dictionary<uint, Counter> _present = [];
    private readonly List<Counter> _counters;
    private readonly Counter _count;
    private NvmlProcess[] _found = new NvmlProcess[32];
    private Instant? _due;

    public GpuProcesses(NvmlSession session, nint device, string source)
    {
        (_session, _device, _source) = (session, device, source);
        _symbol = session.Symbol(Symbol);
        _count = new Counter(source, "processes", "count");
        _counters = [_count];
        if (_symbol == 0)
        {
            _count.Stop($"{Symbol} is not exported by this driver");
        }
    }

    public IReadOnlyList<Counter> Counters => _counters;

    public NvmlResult Read(Instant now, ICollection<Sample> into)
    {
        if (_count.Stopped || now < _due)
        {
            return NvmlResult.Success;
        }

        _due = now + s_period;
        var result = List(out var found);
        if (result == NvmlResult.Success)
        {
            _count.Gauge(now, found.Length, into);
            Keep(now, found, into);
        }
        else if (result.IsAbsence())
        {
            _count.Stop($"{Symbol}: {_session.Error(result)}");
        }
        else
        {
            _count.Fail($"{Symbol}: {_session.Error(result)}");
        }

        return result;
    }

    private NvmlResult List(out ReadOnlySpan<NvmlProcess> found)
    {
        var count = (uint)_found.Length;
        var result = NvmlCall.Processes(_symbol, _device, ref count, _found);
        if (result == NvmlResult.InsufficientSize && count < MaxProcesses)
        {
            // Room for some that start meanwhile.
            _found = new NvmlProcess[Math.Min(MaxProcesses, ((int)count * 2) + 8)];
            count = (uint)_found.Length;
            result = NvmlCall.Processes(_symbol, _device, ref count, _found);
        }

        found = result == NvmlResult.Success ? _found.AsSpan(0, (int)Math.Min(count, (uint)_found.Length)) : [];
        return result;
    }

    private void Keep(Instant now, ReadOnlySpan<NvmlProcess> found, ICollection<Sample> into)
    {
        // A process with several compute instances is listed once for each: its memory is their sum.
        var bytes = new Dictionary<uint, double>();
        foreach (var process in found)
        {
            if (process.UsedMemory != NotAvailable)
            {
                bytes[process.Pid] = bytes.GetValueOrDefault(process.Pid) + process.UsedMemory;
            }
        }

        foreach (var gone in _present.Keys.Except(bytes.Keys).ToList())
        {
            _present[gone].Gauge(now, 0, into);
            _present[gone].Stop("the process has left the device");
            _present.Remove(gone);
        }

        foreach (var (pid, used) in bytes.OrderBy(pair => pair.Key))
        {
            Of(pid)?.Gauge(now, used, into);
        }
    }

    private Counter? Of(uint pid)
    {
        if (!_present.TryGetValue(pid, out var counter) && _counters.Count <= MaxProcesses)
        {
            counter = new Counter(_source, string.Create(CultureInfo.InvariantCulture, $"memory.process.{pid}"), "bytes");
            _present[pid] = counter;
            _counters.Add(counter);
        }

        return counter;
    }
}
