using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;

namespace LoadLab.Cli.Campaigns;

/// <summary>
/// The live runs of a campaign, kept under root/SCENARIO/REPEAT/. A run that is there and whole is not played again, so a campaign that was ended goes on where it was and loses at most the run
/// under way. A run that failed its own checks (it was late, or calls are missing) is played again and stays beside the new one; how the prediction fares decides nothing here.
/// </summary>
/// <param name="plan">What to play.</param>
/// <param name="root">Folder of the campaign's runs.</param>
/// <param name="play">Plays a scenario into a folder, its emulated times drawn by a seed.</param>
internal sealed class CampaignRuns(CampaignPlan plan, string root, CampaignRuns.PlayAsync play)
{
    private const int Attempts = 3;

    public delegate Task PlayAsync(Scenario scenario, string root, ulong draws, CancellationToken stop);

    /// <summary>Time that a run takes beside its load: server and clients start and end.</summary>
    private static readonly TimeSpan s_around = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, string> _schedules = [];

    /// <summary>Plays what is missing; false when the time ran out first.</summary>
    /// <param name="limit">Nothing is begun that would not end by then; null = no limit.</param>
    /// <param name="clock">Tells how long it has taken.</param>
    /// <param name="progress">Told of every run.</param>
    /// <param name="stop">Ends it; the run under way is lost.</param>
    public async Task<bool> CompleteAsync(TimeSpan? limit, TimeProvider clock, Action<string> progress, CancellationToken stop)
    {
        var began = clock.GetTimestamp();
        var plays = plan.Plays().ToList();
        var missing = plays.Where(one => Find(one.Scenario, one.Repeat) is null).ToList();
        progress($"{plays.Count - missing.Count} of {plays.Count} runs are recorded under {Path.GetFullPath(root)}");
        for (var i = 0; i < missing.Count; i++)
        {
            var (scenario, repeat) = missing[i];
            if (limit is { } most && clock.GetElapsedTime(began) + TimeSpan.FromSeconds(scenario.Workload.Length.Seconds) + s_around > most)
            {
                progress($"{missing.Count - i} runs are left and the time is up; the same command goes on");
                return false;
            }

            progress($"run {plays.Count - missing.Count + i + 1} of {plays.Count}: {scenario.Name}, repeat {repeat}");
            await CompleteAsync(scenario, repeat, progress, stop).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>The whole run of a scenario's repeat; null when there is none.</summary>
    /// <exception cref="InputException">A run there is of another schedule or file.</exception>
    public RunFolder? Find(Scenario scenario, int repeat) => Folders(scenario, repeat).Find(run => Flaw(scenario, run) is null);

    /// <summary>Runs that are there and do not count, with why.</summary>
    public IReadOnlyList<string> Discarded() =>
    [
        .. plan.Plays().SelectMany(one => Folders(one.Scenario, one.Repeat).Select(run => Flaw(one.Scenario, run) is { } flaw ? $"{one.Scenario.Name}, repeat {one.Repeat}: {flaw}" : null)).OfType<string>(),
    ];

    private async Task CompleteAsync(Scenario scenario, int repeat, Action<string> progress, CancellationToken stop)
    {
        for (var attempt = 1; ; attempt++)
        {
            await play(scenario, Slot(scenario, repeat), scenario.Seed.Derive("repeat").Derive(repeat).Value, stop).ConfigureAwait(false);
            stop.ThrowIfCancellationRequested();
            if (Find(scenario, repeat) is not null)
            {
                return;
            }

            var flaw = Folders(scenario, repeat) is [.., var last] ? Flaw(scenario, last) : "it left no run folder";
            if (attempt == Attempts)
            {
                throw new TargetFailedException($"{scenario.Name}, repeat {repeat}: {Attempts} runs do not count, the last because {flaw}");
            }

            progress($"  does not count: {flaw}; playing it again");
        }
    }

    private string Slot(Scenario scenario, int repeat) => Path.Combine(root, scenario.Name, FormattableString.Invariant($"{repeat}"));

    private List<RunFolder> Folders(Scenario scenario, int repeat) => Directory.Exists(Slot(scenario, repeat))
        ? [.. Directory.GetDirectories(Slot(scenario, repeat)).Order(StringComparer.Ordinal).Where(folder => File.Exists(Path.Combine(folder, RunManifest.Name))).Select(RunFolder.Open)]
        : [];

    /// <summary>Why a run does not count; null when it does.</summary>
    private string? Flaw(Scenario scenario, RunFolder run)
    {
        var manifest = run.ReadManifest();
        if (manifest.ScheduleSha256 != Sha256(scenario) || manifest.ScenarioText != scenario.Text)
        {
            throw new InputException(new Problem(run.FullPath, 0, "", null, $"was played from another {Path.GetFileName(scenario.Path)} than {scenario.Path}", "give the campaign another --root, or put the file back"));
        }

        return manifest switch
        {
            { Status: not "completed" } => $"it is {(manifest.Status == "running" ? "partial" : manifest.Status)}",
            { Quality: null } => "nothing says how its load was played",
            { Quality.StopReason: { } reason } => $"it was stopped by {reason}",
            { Quality.LatenessPassed: false } => "it was late",
            _ => manifest.Quality.Checks?.FirstOrDefault(check => check is { Passed: false, Fatal: true })?.Sentence,
        };
    }

    private string Sha256(Scenario scenario) =>
        _schedules.TryGetValue(scenario.Name, out var known) ? known : _schedules[scenario.Name] = scenario.Schedule().Sha256;
}
