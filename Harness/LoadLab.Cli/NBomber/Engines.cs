using LoadLab.Core.Runs;
using LoadLab.Engine;
using LoadLab.Engine.NBomber;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;

namespace LoadLab.Cli;

internal static partial class Engines
{
    /// <summary>A licence key stands in the environment alone.</summary>
    private const string LicenseVariable = "LOADLAB_NBOMBER_LICENSE";

    static partial void TellNBomber(ref string? version) => version = NBomberEngine.Version;

    static partial void CreateNBomber(ITarget target, IPacer pacer, CallsWriter calls, PlayOptions options, RunFolder folder, ref ILoadEngine? engine) =>
        engine = new NBomberEngine(target, pacer, calls, options, new NBomberOptions
        {
            ReportFolder = folder.File("nbomber"),
            TestName = Path.GetFileName(folder.FullPath),
            License = Environment.GetEnvironmentVariable(LicenseVariable) is { Length: > 0 } key ? key : null,
        });

    static partial void TellTrouble(ILoadEngine engine, ref string? trouble) => trouble = (engine as NBomberEngine)?.Trouble;
}
