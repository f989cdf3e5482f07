using LoadLab.Cli.Verbs;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Engine;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;
using System.CommandLine;

namespace LoadLab.Cli;

/// <summary>Who plays the schedule of a live run.</summary>
internal enum EngineChoice
{
    Own,
    NBomber,
}

/// <summary>Makes load engines by name. NBomber's is there only in a build with that package; the other half of this class comes with it.</summary>
internal static partial class Engines
{
    public const string OptionName = "--engine";

    /// <summary>What adds NBomber to a build; doctor shows it too.</summary>
    public const string BuildCommand = "build it in: dotnet build Harness/LoadLab.Cli -p:LoadLabPackages=NBomber (its licence is NBomber's own: free for personal use, organisations need a licence); "
        + "to keep it, write LoadLab.local.props beside LoadLab.sln: <Project><PropertyGroup><LoadLabPackages>NBomber</LoadLabPackages></PropertyGroup></Project>";

    /// <summary>NBomber starts its copies over a second, after it has started itself and looked at a licence.</summary>
    private static readonly Duration s_nbomberLead = Duration.FromSeconds(8);

    private static readonly Dictionary<string, EngineChoice> s_words = new() { ["own"] = EngineChoice.Own, ["nbomber"] = EngineChoice.NBomber };

    /// <summary>The version of NBomber in this build; null when it has none.</summary>
    public static string? NBomberVersion
    {
        get
        {
            string? version = null;
            TellNBomber(ref version);
            return version;
        }
    }

    public static Option<EngineChoice?> Option() => Verb.Word(OptionName, "what plays the schedule: own (default) or nbomber", s_words);

    /// <summary>Says at once what this build cannot do.</summary>
    /// <exception cref="InputException">The build has no such engine.</exception>
    public static void RequireBuilt(EngineChoice choice)
    {
        if (choice == EngineChoice.NBomber && NBomberVersion is null)
        {
            throw Verb.Bad(OptionName, "nbomber", "is not in this build, which has no NBomber", BuildCommand);
        }
    }

    /// <summary>For the first line of a run.</summary>
    public static string Words(EngineChoice choice) => choice == EngineChoice.Own ? "own" : $"nbomber {NBomberVersion}";

    /// <summary>What the engine needs between the start of the clock and the first call, beside what the target needs.</summary>
    public static Duration LeadOf(EngineChoice choice) => choice == EngineChoice.Own ? Duration.Zero : s_nbomberLead;

    public static ILoadEngine Create(EngineChoice choice, ITarget target, IPacer pacer, CallsWriter calls, PlayOptions options, RunFolder folder)
    {
        RequireBuilt(choice);
        ILoadEngine? engine = null;
        if (choice == EngineChoice.NBomber)
        {
            CreateNBomber(target, pacer, calls, options, folder, ref engine);
        }

        return engine ?? new LoadEngine(target, pacer, calls, options);
    }

    /// <summary>What an engine has to say when the calls are over; null when nothing.</summary>
    public static string? TroubleOf(ILoadEngine engine)
    {
        string? trouble = null;
        TellTrouble(engine, ref trouble);
        return trouble;
    }

    static partial void TellNBomber(ref string? version);

    static partial void CreateNBomber(ITarget target, IPacer pacer, CallsWriter calls, PlayOptions options, RunFolder folder, ref ILoadEngine? engine);

    static partial void TellTrouble(ILoadEngine engine, ref string? trouble);
}
