using System.ComponentModel;
using System.Diagnostics;

namespace LoadLab.Sensors;

/// <summary>One process through the runtime, where there is no /proc.</summary>
internal sealed class PortableProcessReader : IProcessReader
{
    private readonly Process? _process;

    public PortableProcessReader(int pid)
    {
        try
        {
            _process = Process.GetProcessById(pid);
        }
        catch (ArgumentException)
        {
            // It has ended before it was looked at.
        }
    }

    public bool TryRead(out ProcessReading reading)
    {
        reading = default;
        try
        {
            if (_process is null)
            {
                return false;
            }

            _process.Refresh();
            if (_process.HasExited)
            {
                return false;
            }

            reading = new ProcessReading(_process.TotalProcessorTime.Ticks * 100, _process.WorkingSet64, _process.Threads.Count);
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or NotSupportedException)
        {
            return false;
        }
    }

    public void Dispose() => _process?.Dispose();
}
