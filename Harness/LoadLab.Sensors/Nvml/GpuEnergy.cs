using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors;

/// <summary>
/// Joules since sampling began. <c>energy</c>: differences of the driver's counter of millijoules. Where it has none, <c>energy.from_power</c>: each power
/// sample held until the next one, summed up; it misses what happens between them, hence the other name.
/// </summary>
internal sealed class GpuEnergy
{
    private const string Symbol = "nvmlDeviceGetTotalEnergyConsumption";
    private static readonly Duration s_backOff = Duration.FromSeconds(1);
    private readonly NvmlSession _session;
    private readonly nint _device;
    private readonly nint _symbol;
    private readonly bool _counted;
    private ulong? _last;
    private Sample? _power;
    private double _joules;
    private Instant? _due;

    public GpuEnergy(NvmlSession session, nint device, string source)
    {
        (_session, _device) = (session, device);
        _symbol = session.Symbol(Symbol);
        var first = NvmlCall.Fill<ulong>(_symbol, device, out _);
        _counted = !first.IsAbsence();
        Counter = new Counter(source, _counted ? "energy" : "energy.from_power", "J");
        if (!_counted)
        {
            Counter.Note($"summed from power samples: {Symbol}: {(_symbol == 0 ? "not exported by this driver" : session.Error(first))}");
        }
    }

    public Counter Counter { get; }

    /// <param name="now">The run's clock.</param>
    /// <param name="power">The power rows of this round.</param>
    /// <param name="into">Receives the energy rows.</param>
    public NvmlResult Read(Instant now, IReadOnlyList<Sample> power, ICollection<Sample> into)
    {
        if (!_counted)
        {
            Sum(power, into);
            return NvmlResult.Success;
        }

        if (Counter.Stopped || now < _due)
        {
            return NvmlResult.Success;
        }

        var result = NvmlCall.Fill<ulong>(_symbol, _device, out var millijoules);
        if (result == NvmlResult.Success)
        {
            // A reloaded driver counts from zero again: the difference starts anew there.
            _joules += _last is { } last && millijoules >= last ? (millijoules - last) / 1000.0 : 0;
            _last = millijoules;
            Counter.Gauge(now, _joules, into);
        }
        else
        {
            Counter.Fail($"{Symbol}: {_session.Error(result)}");
            _due = now + s_backOff;
        }

        return result;
    }

    private void Sum(IReadOnlyList<Sample> power, ICollection<Sample> into)
    {
        foreach (var sample in power)
        {
            _joules += _power is { } before ? before.Value * (sample.At - before.At).Seconds : 0;
            _power = sample;
            Counter.Gauge(sample.At, _joules, into);
        }
    }
}
