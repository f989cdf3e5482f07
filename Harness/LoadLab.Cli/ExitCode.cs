namespace LoadLab.Cli;

/// <summary>What the process says when it ends.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>A threshold, verification or comparison failed, or nothing completed.</summary>
    public const int Failed = 1;

    /// <summary>Bad input or usage.</summary>
    public const int BadInput = 2;

    /// <summary>The target failed.</summary>
    public const int TargetFailed = 3;

    /// <summary>Ctrl+C; what was recorded is kept and reported.</summary>
    public const int Interrupted = 130;
}

/// <summary>The target could not be started or reached.</summary>
internal sealed class TargetFailedException(string message) : Exception(message);
