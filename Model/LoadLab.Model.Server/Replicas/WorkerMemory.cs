namespace LoadLab.Model.Server.Replicas;

/// <summary>Bytes of a replica's arena, and of what it keeps on the host beside it.</summary>
internal readonly record struct WorkerMemory(long LiveBytes, long PeakBytes, long CapacityBytes)
{
    /// <summary>Text encodings kept on the host: not of the arena, so neither live in it nor taken from what is free there.</summary>
    public long CacheBytes { get; init; }

    public long FreeBytes => CapacityBytes - LiveBytes;
}
