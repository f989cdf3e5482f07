namespace LoadLab.Model.Server.Replicas;

/// <summary>Bytes of a replica's arena.</summary>
internal readonly record struct WorkerMemory(long LiveBytes, long PeakBytes, long CapacityBytes)
{
    public long FreeBytes => CapacityBytes - LiveBytes;
}
