using System.Diagnostics;
using System.Globalization;

namespace LoadLab.Cli.Tests;

/// <summary>Processes seen from outside, on Linux.</summary>
internal static class Signals
{
    private const int SigInt = 2;

    /// <summary>What Ctrl+C sends. Skips where the tests were started with the signal ignored, as background jobs of plain shells are: children inherit that.</summary>
    public static void Interrupt(int processId)
    {
        var ignored = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        Assert.SkipWhen((ulong.Parse(ignored[7..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & (1UL << (SigInt - 1))) != 0, "SIGINT is ignored by what started the tests");
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -INT {processId}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>The ids of the processes whose parent is the given one.</summary>
    public static IReadOnlyList<int> ChildrenOf(int processId) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && ParentOf(id) == processId),
    ];

    /// <summary>Whether a process with this id still runs; one that has ended and waits to be reaped does not.</summary>
    public static bool Runs(int processId) => StatOf(processId) is { } stat && stat[0] is not ("Z" or "X");

    private static int? ParentOf(int processId) => StatOf(processId) is { } stat ? int.Parse(stat[1], CultureInfo.InvariantCulture) : null;

    /// <summary>State and parent, from behind the name, which may hold anything.</summary>
    private static string[]? StatOf(int processId)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
