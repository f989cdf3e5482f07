using LoadLab.Sensors;
using LoadLab.Sensors.ManagedCuda;

namespace LoadLab.Cli;

internal static partial class Samplers
{
    static partial void TellManagedCuda(ref string? line) => line = CudaDevices.Read().Line;

    static partial void AddManagedCuda(SensorSet sensors, ref string? absent)
    {
        var found = CudaDevices.Read();
        absent = found.AbsentReason;
        foreach (var device in found.Devices)
        {
            sensors.Add(new CudaSource(device));
        }
    }
}
