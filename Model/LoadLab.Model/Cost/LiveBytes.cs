namespace LoadLab.Model.Cost;

/// <summary>Bytes live now and at most so far, while a formula walks through a network's steps.</summary>
internal sealed class LiveBytes
{
    private long _live;

    public long Peak { get; private set; }

    /// <summary>More is live from now on; returns what it was given.</summary>
    public long Hold(long bytes)
    {
        _live += bytes;
        Peak = Math.Max(Peak, _live);
        return bytes;
    }

    public void Release(params ReadOnlySpan<long> bytes)
    {
        foreach (var part in bytes)
        {
            _live -= part;
        }
    }

    /// <summary>Live for a moment beside the rest.</summary>
    public void Pass(long bytes) => Peak = Math.Max(Peak, _live + bytes);
}
