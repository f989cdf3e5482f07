using LoadLab.Core.Input;

namespace LoadLab.Engine.Targets;

/// <summary>What an emulated target waits instead of computing; the keys of <c>target</c> that are its alone.</summary>
public sealed record EmulatedTarget
{
    private const double Fastest = 1e6;

    /// <summary>A file that calibrate wrote, or the name of a shipped profile.</summary>
    public required string Profile { get; init; }

    /// <summary>Divides every time that is waited.</summary>
    public double Speed { get; init; } = 1;

    /// <summary>Real replicas beside the emulated ones; null = none.</summary>
    public RealTarget? Real { get; init; }

    /// <summary>About one job in this many throws; 0 = none.</summary>
    public int FailEvery { get; init; }

    /// <summary>About one job in this many takes its replica with it; 0 = none.</summary>
    public int CrashEvery { get; init; }

    /// <summary>A batch of more jobs is out of memory; 0 = none is.</summary>
    public int OutOfMemoryAbove { get; init; }

    /// <summary>A prompt with this word fails its whole batch; empty = none does.</summary>
    public string Poison { get; init; } = "";

    internal static EmulatedTarget Bind(Section target)
    {
        if (!target.Has("profile"))
        {
            target.Missing("profile", "a file that calibrate wrote, or the name of a shipped profile");
        }

        var options = new EmulatedTarget
        {
            Profile = target.Text("profile", ""),
            Speed = target.Value("speed", Quantity.Number, speed => speed > 0 && speed <= Fastest, "a number above 0 and at most 1000000", "500") ?? 1,
            Real = target.Child("real") is { } real ? RealTarget.Bind(real) : null,
        };
        if (target.Child("emulation") is not { } faults)
        {
            return options;
        }

        options = options with
        {
            FailEvery = faults.Integer("failEvery", 0, 0, int.MaxValue),
            CrashEvery = faults.Integer("crashEvery", 0, 0, int.MaxValue),
            OutOfMemoryAbove = faults.Integer("oomAbove", 0, 0, int.MaxValue),
            Poison = faults.Text("poison", ""),
        };
        faults.Close();
        return options;
    }
}

/// <summary>Real replicas beside emulated ones; the key <c>target.real</c>.</summary>
public sealed record RealTarget
{
    public string Model { get; init; } = "";

    public int Replicas { get; init; } = 1;

    /// <summary>Memory of one replica in bytes; null = the server's own default.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Whether each is a process of its own.</summary>
    public bool InChildren { get; init; }

    internal static RealTarget Bind(Section real)
    {
        var options = new RealTarget
        {
            Model = real.RequiredText("model"),
            Replicas = real.Integer("replicas", 1, 1, TargetOptions.MostRealReplicas),
            MemoryBytes = real.Bytes("memory"),
            InChildren = TargetOptions.InChildrenOf(real),
        };
        real.Close();
        return options;
    }
}
