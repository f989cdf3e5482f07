namespace LoadLab.Sensors;

/// <param name="CpuNanoseconds">CPU time since the process started, all threads.</param>
/// <param name="ResidentBytes">Memory in RAM.</param>
internal readonly record struct ProcessReading(long CpuNanoseconds, long ResidentBytes, int Threads);

/// <summary>Reads one process.</summary>
internal interface IProcessReader : IDisposable
{
    /// <summary>False when the process is gone.</summary>
    bool TryRead(out ProcessReading reading);
}
