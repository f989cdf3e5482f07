using LoadLab.Sensors;

namespace LoadLab.Cli;

/// <summary>Samplers of optional packages. ManagedCuda's is there only in a build with that package; the other half of this class comes with it.</summary>
internal static partial class Samplers
{
    /// <summary>What adds ManagedCuda to a build.</summary>
    public const string BuildCommand = "build it in: dotnet build Harness/LoadLab.Cli -p:LoadLabPackages=ManagedCuda (GPL-3.0-or-later: so is then what you pass on)";

    /// <summary>The devices that ManagedCuda sees, or why it sees none; null when this build has no ManagedCuda.</summary>
    public static string? ManagedCudaLine
    {
        get
        {
            string? line = null;
            TellManagedCuda(ref line);
            return line;
        }
    }

    /// <summary>Adds what this build has, and says which samplers a run uses and which are absent and why.</summary>
    public static string AddTo(SensorSet sensors)
    {
        string? absent = null;
        AddManagedCuda(sensors, ref absent);
        return absent is null ? sensors.Label : $"{sensors.Label}, managedcuda absent ({absent})";
    }

    static partial void TellManagedCuda(ref string? line);

    static partial void AddManagedCuda(SensorSet sensors, ref string? absent);
}
