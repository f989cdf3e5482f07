namespace LoadLab.Engine.Local;

/// <summary>How a child server is started.</summary>
public sealed record LocalServerOptions
{
    /// <summary>The program, and what stands before the verb: for a .NET program started by its host, the path of its dll.</summary>
    public required string Program { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Further options of the program's serve verb.</summary>
    public IReadOnlyList<string> ServeOptions { get; init; } = [];

    public required string ScenarioFile { get; init; }

    public required string RunFolder { get; init; }

    /// <summary>Zero of the server's clock on the system's monotonic clock.</summary>
    public required long EpochNanoseconds { get; init; }

    /// <summary>Replaces the seed of the scenario file.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Compute threads; null = one for each processor the server may use.</summary>
    public int? Threads { get; init; }

    /// <summary>Whether the first processor is kept for this process and the others for the server.</summary>
    public bool Pin { get; init; } = true;

    /// <summary>Whether the server keeps its compute threads to the last processors by itself, and its other threads off them: it is then left all, as long as it leaves the first one free.</summary>
    public bool PinsItself { get; init; }

    /// <summary>Longest time until the server listens.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest time for each of: leaving by itself when its standard input closes, leaving when asked by a signal.</summary>
    public TimeSpan StopLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Takes each line the server writes to standard error.</summary>
    public Action<string>? OnDiagnostic { get; init; }
}
