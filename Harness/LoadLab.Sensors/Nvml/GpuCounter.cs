using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors;

/// <summary>One metric of one GPU: read from the driver's buffer where it fills one, else polled; left alone for a second after a failure.</summary>
internal sealed class GpuCounter
{
    private static readonly Duration s_backOff = Duration.FromSeconds(1);
    private readonly NvmlSession _session;
    private readonly nint _device;
    private readonly GpuMetric _metric;
    private readonly nint _symbol;
    private readonly SampleBuffer? _buffer;
    private Instant? _due;

    public GpuCounter(NvmlSession session, nint device, string source, GpuMetric metric)
    {
        (_session, _device, _metric) = (session, device, metric);
        Counter = new Counter(source, metric.Metric, metric.Unit);
        _symbol = session.Symbol(metric.Symbol);
        _buffer = metric.Buffer is { } type ? SampleBuffer.TryOpen(session.Symbol("nvmlDeviceGetSamples"), device, type) : null;
        if (_symbol == 0 && _buffer is null)
        {
            Counter.Stop($"{metric.Symbol} is not exported by this driver");
        }
    }

    public Counter Counter { get; }

    public NvmlResult Read(Instant now, ICollection<Sample> into)
    {
        if (Counter.Stopped || now < _due)
        {
            return NvmlResult.Success;
        }

        _due = now + _metric.Period;
        if (_buffer is not null)
        {
            return Judge(_buffer.Read(Counter, _metric.BufferScale, now, into), now);
        }

        var result = _metric.Get(_symbol, _device, out var value);
        if (result == NvmlResult.Success)
        {
            Counter.Gauge(now, value, into);
        }

        return Judge(result, now);
    }

    private NvmlResult Judge(NvmlResult result, Instant now)
    {
        if (result.IsAbsence())
        {
            Counter.Stop($"{_metric.Symbol}: {_session.Error(result)}");
        }
        else if (result != NvmlResult.Success)
        {
            Counter.Fail($"{_metric.Symbol}: {_session.Error(result)}");
            _due = now + s_backOff;
        }

        return result;
    }
}
