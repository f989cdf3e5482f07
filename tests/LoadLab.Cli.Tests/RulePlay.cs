using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine;
using LoadLab.Serving;
using LoadLab.Serving.Journal;

namespace LoadLab.Cli.Tests;

/// <summary>One scenario played by the program, and what it recorded.</summary>
internal sealed class RulePlay
{
    /// <summary>Plays of a scenario before the last one is judged as it is.</summary>
    private const int MostPlays = 5;

    private RulePlay(string folder, RunManifest manifest)
    {
        (Folder, Manifest) = (folder, manifest);
        Calls = RunFolder.Open(folder).ReadCalls();
        Journal = Read();
    }

    public string Folder { get; }

    public RunManifest Manifest { get; }

    public IReadOnlyList<CallRecord> Calls { get; }

    /// <summary>Events and decisions, in order.</summary>
    public IReadOnlyList<JournalEntry> Journal { get; }

    public string JournalFile => Path.Combine(Folder, RunFolder.DecisionsName);

    /// <summary>
    /// Plays a scenario; it must end well and account for every planned call. A rule shows what it does when the schedule is played as it was written: a play whose
    /// calls were sent later than the engine's own gate permits says nothing of the rule, and the scenario is played again.
    /// </summary>
    public static async Task<RulePlay> OfAsync(Workspace workspace, string scenario)
    {
        var play = await OnceAsync(workspace, scenario);
        for (var plays = 1; plays < MostPlays && play.IsLate; plays++)
        {
            play = await OnceAsync(workspace, scenario);
        }

        return play;
    }

    public IEnumerable<T> Decisions<T>()
        where T : Decision => Journal.Select(entry => entry.Decision).OfType<T>();

    /// <summary>Decisions of a kind with their instants.</summary>
    public IEnumerable<(Instant Now, T Decision)> Timed<T>()
        where T : Decision => Journal.Where(entry => entry.Decision is T).Select(entry => (entry.Now, (T)entry.Decision!));

    public IEnumerable<T> Events<T>()
        where T : ServingEvent => Journal.Select(entry => entry.Event).OfType<T>();

    /// <summary>Reasons of the decisions of a kind.</summary>
    public IReadOnlyList<string> Reasons<T>()
        where T : Decision => [.. Decisions<T>().Select(decision => decision.Reason)];

    public IReadOnlyList<CallRecord> Of(Outcome outcome) => [.. Calls.Where(call => call.Outcome == outcome)];

    private bool IsLate => Manifest.Quality!.LatenessP99Ms > PlayOptions.DefaultLatenessGate.Milliseconds;

    private static async Task<RulePlay> OnceAsync(Workspace workspace, string scenario)
    {
        var root = workspace.NewPath("rule");
        (await LoadLabProcess.PlayAsync(workspace, root, scenario, "--lateness-gate", "30s")).Exits(0);
        var folder = Assert.Single(Directory.GetDirectories(root));
        return new RulePlay(folder, Workspace.CheckConservation(folder));
    }

    private List<JournalEntry> Read()
    {
        using var reader = JournalReader.Open(JournalFile);
        return [.. reader.Entries()];
    }
}
