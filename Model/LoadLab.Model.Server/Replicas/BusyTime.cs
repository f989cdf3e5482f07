using LoadLab.Core;

namespace LoadLab.Model.Server.Replicas;

/// <summary>Adds up the time one thread spends inside; readable from any thread, the stretch under way included.</summary>
internal sealed class BusyTime
{
    private readonly Lock _gate = new();
    private long _total;
    private long? _since;

    public double Seconds
    {
        get
        {
            lock (_gate)
            {
                return (_total + (_since is { } since ? MonotonicClock.SystemNanoseconds - since : 0)) / 1e9;
            }
        }
    }

    public Inside Enter()
    {
        lock (_gate)
        {
            _since = MonotonicClock.SystemNanoseconds;
        }

        return new Inside(this);
    }

    private void Leave()
    {
        lock (_gate)
        {
            _total += MonotonicClock.SystemNanoseconds - _since!.Value;
            _since = null;
        }
    }

    public readonly struct Inside(BusyTime owner) : IDisposable
    {
        public void Dispose() => owner.Leave();
    }
}
