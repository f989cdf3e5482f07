using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Fleet;

/// <summary>All that a simulated run is a function of, and what only run.json tells.</summary>
public sealed record SimulatedRun
{
    /// <summary>Name of the scenario.</summary>
    public required string Scenario { get; init; }

    /// <summary>The scenario file as read.</summary>
    public required string ScenarioText { get; init; }

    public required Schedule Schedule { get; init; }

    public required ServiceProfile Profile { get; init; }

    public required FleetOptions Fleet { get; init; }

    public required ServingOptions Serving { get; init; }

    public required AutoscalerOptions Autoscaler { get; init; }

    public required Seed Seed { get; init; }

    public required string Version { get; init; }

    /// <summary>The machine that simulates.</summary>
    public required string Machine { get; init; }

    /// <summary>
    /// Whether every call is written: schedule.csv.gz, calls.csv and decisions.jsonl. Without them run.json, samples.csv and histograms.csv are, whatever the number of calls.
    /// </summary>
    /// <value>true.</value>
    public bool KeepCalls { get; init; } = true;

    /// <summary>The longest latency that counts as in time for calls without a deadline of their own; null = any.</summary>
    public Duration? Bound { get; init; }

    /// <summary>
    /// Simulates and writes the run folder root/scenario-sim-hash-seed, replacing one of the same name. Every file but run.json is byte for byte the same for the
    /// same inputs; wall-clock times stand only there.
    /// </summary>
    public (RunFolder Folder, SimulationResult Result) Write(string root, TimeProvider clock)
    {
        var folder = RunFolder.CreateSimulated(root, Scenario, Schedule.Sha256, Seed.Value);
        var manifest = Manifest(clock.GetUtcNow());
        folder.Write(manifest);
        var result = KeepCalls ? WriteCalls(folder) : WriteHistograms(folder);
        using (var samples = new SamplesWriter(folder.File(SamplesFile.Name)))
        {
            samples.Write(result.Samples);
        }

        folder.Write(manifest with
        {
            Status = "completed",
            EndedUtc = clock.GetUtcNow(),
            Planned = (int)result.Tally.Whole.Planned,
            Outcomes = Outcomes(result),
            EmptyGpuSeconds = Fleet.Nodes.Count > 0 ? result.Gpus.WithoutReplica.Seconds : null,
            Verdict = $"Simulated on profile {Profile.Name} ({Profile.Evidence}, {Profile.RealCalls} real calls behind it; batches by {BatchLaw.Of(Profile)}). {string.Join(' ', result.Assumptions)}".TrimEnd(),
        });
        return (folder, result);
    }

    private SimulationResult WriteCalls(RunFolder folder)
    {
        ScheduleFile.Write(folder.File(ScheduleFile.Name), Schedule.Calls);
        var journal = new FileStream(folder.File(RunFolder.DecisionsName), FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 16);
        var result = Simulate(journal);
        using var calls = new CallsWriter(folder.File(CallsFile.Name));
        foreach (var call in result.Calls)
        {
            calls.Write(call);
        }

        return result;
    }

    private SimulationResult WriteHistograms(RunFolder folder)
    {
        var result = Play();
        HistogramsFile.Write(folder.File(HistogramsFile.Name), result.Tally);
        return result;
    }

    /// <summary>Simulates and writes nothing.</summary>
    public SimulationResult Play() => Simulate(journal: null);

    private SimulationResult Simulate(Stream? journal) =>
        FleetSimulation.Run(Schedule, Profile, Fleet, Serving, Autoscaler, Seed, new SimulationOptions { Journal = journal, KeepCalls = KeepCalls, Bound = Bound });

    private static Dictionary<string, int> Outcomes(SimulationResult result)
    {
        var calls = result.Tally.Whole;
        return Enum.GetValues<Outcome>().ToDictionary(Words.Of, outcome => (int)calls.Of(outcome));
    }

    private RunManifest Manifest(DateTimeOffset now) => new()
    {
        Scenario = Scenario,
        Status = "running",
        Evidence = Words.Of(Evidence.Simulated),
        Planned = Schedule.Calls.Count,
        ProfileRealCalls = Profile.RealCalls,
        ScheduleSha256 = Schedule.Sha256,
        Seed = Seed.Value,
        ScenarioText = ScenarioText,
        Parts = $"engine virtual time · profile {Profile.Name} · sampler simulated",
        Version = Version,
        Machine = Machine,
        Device = Profile.Device,
        GpusPerReplica = Fleet.Kinds.Count > 0 ? Fleet.Kinds.Max(kind => kind.Gpus) : Profile.GpusPerReplica,
        GpusByKind = Fleet.Kinds.Count > 0 ? Fleet.GpusByKind : null,
        StartedUtc = now,
    };
}
