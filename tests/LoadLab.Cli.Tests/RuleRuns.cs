namespace LoadLab.Cli.Tests;

/// <summary>
/// The scenarios of the rules, each played once when the first test asks. Emulated replicas only wait, so several play at a time; a scenario with a real model plays
/// when the others have ended.
/// </summary>
public sealed class RuleRuns
{
    /// <summary>The scenario that has all rules at once, and a real model.</summary>
    public const string BatchLine = "batch-line";

    private const int AtOnce = 4;
    private readonly Dictionary<string, Task<RulePlay>> _plays = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    public static IReadOnlyList<string> Names { get; } = [.. Directory.GetFiles(Repository.At("Scenarios", "rules"), "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    public static string PathOf(string name) => name == BatchLine ? Repository.At("Scenarios", BatchLine + ".yaml") : Repository.At("Scenarios", "rules", name + ".yaml");

    internal Task<RulePlay> Of(string name, Workspace workspace)
    {
        lock (_gate)
        {
            if (_plays.Count == 0)
            {
                Start(workspace);
            }

            return _plays[name];
        }
    }

    private void Start(Workspace workspace)
    {
        var places = new SemaphoreSlim(AtOnce);
        foreach (var name in Names)
        {
            _plays[name] = PlayAsync(name, workspace, places);
        }

        var emulated = Task.WhenAll(_plays.Values);
        _plays[BatchLine] = LastAsync(emulated, workspace);
    }

    private static async Task<RulePlay> PlayAsync(string name, Workspace workspace, SemaphoreSlim places)
    {
        await places.WaitAsync();
        try
        {
            return await RulePlay.OfAsync(workspace, PathOf(name));
        }
        finally
        {
            places.Release();
        }
    }

    private static async Task<RulePlay> LastAsync(Task others, Workspace workspace)
    {
        await Task.WhenAny(others);
        return await RulePlay.OfAsync(workspace, PathOf(BatchLine));
    }
}
