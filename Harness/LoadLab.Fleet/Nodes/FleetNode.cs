using LoadLab.Core;

namespace LoadLab.Fleet;

/// <summary>One node from its order to its end. Its GPUs are each a replica's, free or broken; what it costs is booked to the nanosecond.</summary>
internal sealed class FleetNode(int number, int gpus, Instant exists, Instant ready)
{
    private Instant _since = exists;
    private Int128 _empty;
    private Int128 _down;

    public int Number => number;

    public int Gpus { get; } = gpus;

    /// <summary>Money starts here.</summary>
    public Instant Exists { get; } = exists;

    /// <summary>Booted, with the image pulled.</summary>
    public Instant Ready => ready;

    /// <summary>GPUs that no replica has and that work.</summary>
    public int Free { get; private set; } = gpus;

    /// <summary>GPUs under repair.</summary>
    public int Down { get; private set; }

    public Instant? Gone { get; private set; }

    public bool IsEmpty => Free == Gpus;

    /// <summary>When it goes, unless a replica comes before.</summary>
    public AgendaEntry? Leaves { get; set; }

    /// <summary>GPUs change hands.</summary>
    public void Change(Instant now, int free, int down)
    {
        Book(now);
        Free += free;
        Down += down;
    }

    public void Leave(Instant now)
    {
        Book(now);
        Gone = now;
    }

    public NodeUse Use(string gpu, Instant end)
    {
        if (Gone is null)
        {
            Book(end);
        }

        return new NodeUse
        {
            Gpu = gpu,
            Node = number,
            Gpus = Gpus,
            Provisioned = Exists,
            Gone = Instant.Max(Exists, Gone ?? end),
            Empty = new GpuTime((double)_empty / 1e9),
            Down = new GpuTime((double)_down / 1e9),
        };
    }

    private void Book(Instant now)
    {
        if (now <= _since)
        {
            return;
        }

        var passed = (Int128)(now - _since).Nanoseconds;
        _empty += passed * Free;
        _down += passed * Down;
        _since = now;
    }
}
