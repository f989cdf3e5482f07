using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine;
using LoadLab.Engine.Local;
using LoadLab.Engine.Observers;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;
using LoadLab.Planning;
using LoadLab.Sensors;
using LoadLab.Tensors;
using LoadLab.Workload;

namespace LoadLab.Cli;

/// <summary>How a live run is recorded.</summary>
internal sealed record LiveRunOptions
{
    /// <summary>Folder for run folders.</summary>
    public string Root { get; init; } = "runs";

    /// <summary>Rounds of client samples per second.</summary>
    public double SampleRateHz { get; init; } = 20;

    /// <summary>Largest p99 lateness; a run past it fails.</summary>
    public Duration LatenessGate { get; init; } = PlayOptions.DefaultLatenessGate;

    /// <summary>
    /// From starting a local server to the first intended time. When the server is not ready by then it is started again with twice the time, so that zero of the clock
    /// is the start of the load and the server's preload stands at negative times.
    /// </summary>
    public Duration Lead { get; init; } = Duration.FromSeconds(4);

    /// <summary>Seed of what a local server draws, such as the times of emulated replicas; null = the scenario's.</summary>
    public Seed? Draws { get; init; }

    /// <summary>Who plays the schedule.</summary>
    public EngineChoice Engine { get; init; }

    /// <summary>What computes in a local server.</summary>
    public BackendChoice Backend { get; init; } = BackendChoice.Cpu;

    /// <summary>Type of the weights in a local server.</summary>
    public ElementType WeightType { get; init; }
}

/// <param name="Folder">Complete but for the report.</param>
/// <param name="Summary">What became of the schedule.</param>
/// <param name="TargetEnded">Why the local server ended by itself during the run; null when it did not.</param>
/// <param name="Quality">How well the load was played, with its checks.</param>
internal sealed record LiveRunResult(RunFolder Folder, EngineSummary Summary, string? TargetEnded, RunQuality Quality);

/// <summary>Plays a scenario against its live target and records a run folder: plan, start, play, close.</summary>
internal static class LiveRun
{

    /// <exception cref="TargetFailedException">The target could not be started or reached; no call was sent.</exception>
    public static async Task<LiveRunResult> PlayAsync(Scenario scenario, LiveRunOptions options, Output output, CancellationToken stop)
    {
        var schedule = scenario.Schedule();
        var folder = RunFolder.Create(options.Root, scenario.Name, DateTimeOffset.UtcNow);
        ScheduleFile.Write(folder.File(ScheduleFile.Name), schedule.Calls);
        using var sensors = SensorSet.Open();
        var sampler = Samplers.AddTo(sensors);
        var manifest = Plan(scenario, schedule, sampler, options);
        folder.Write(manifest);
        output.Progress($"run folder: {folder.FullPath}");
        foreach (var note in EmulatedRun.NotesOf(scenario))
        {
            output.Progress($"note: {note}");
        }

        try
        {
            await Rehearsal.RunAsync(scenario.Target, stop).ConfigureAwait(false);
            stop.ThrowIfCancellationRequested();
            await using var live = await LiveTarget.StartAsync(scenario, folder, options, stop).ConfigureAwait(false);
            manifest = manifest with { Target = live.Facts, Threads = live.Threads, Affinity = live.Processors, Parts = $"engine {Engines.Words(options.Engine)} · backend {live.Backend} · sampler {sampler} · forecaster own" };
            folder.Write(manifest);
            output.Progress(manifest.Parts);
            output.Progress($"{schedule.Calls.Count} calls over {schedule.Length.Seconds.ToString("0.#", CultureInfo.InvariantCulture)} s, schedule {schedule.Sha256[..12]}");
            foreach (var line in RunSpend.Estimate(scenario, schedule).Lines())
            {
                output.Progress($"spend: {line}");
            }

            sensors.Add(new ProcessSource("engine", Environment.ProcessId));
            sensors.Add(new ClientSource());
            if (live.ProcessId is { } server)
            {
                sensors.Add(new ProcessSource("server", server));
            }

            var (summary, sampling) = await Play(scenario, schedule, folder, options, live, sensors, output, stop).ConfigureAwait(false);
            var ended = live.EndedBy;
            manifest = Close(manifest, scenario, summary, live, ended, sampling);
            folder.Write(manifest);
            manifest = Checked(manifest, scenario, folder);
            folder.Write(manifest);
            output.Progress($"sampling cost {(sampling.CoreShare is { } share ? share.ToString("P2", CultureInfo.InvariantCulture) : "unknown")} of a core at {sampling.ReachedHz.ToString("0.0", CultureInfo.InvariantCulture)} Hz");
            if (summary.Spend is { } spend && !scenario.Target.IsLoopback)
            {
                output.Progress($"spend: about {spend} by the client's clock, one GPU a call");
            }

            return new LiveRunResult(folder, summary, ended, manifest.Quality!);
        }
        catch (Exception e)
        {
            folder.Write(folder.ReadManifest() with { Status = e is OperationCanceledException ? "interrupted" : "failed", Verdict = e.Message, EndedUtc = DateTimeOffset.UtcNow });
            throw;
        }
    }

    private static async Task<(EngineSummary Summary, SamplerSummary Sampling)> Play(
        Scenario scenario, Schedule schedule, RunFolder folder, LiveRunOptions options, LiveTarget live, SensorSet sensors, Output output, CancellationToken stop)
    {
        using var calls = new CallsWriter(folder.File(CallsFile.Name));
        using var samples = new SamplesWriter(folder.File(SamplesFile.Name));
        using var pacer = new PreciseWaiter(live.Clock);
        var play = new PlayOptions { Guard = scenario.Guard, LatenessGate = options.LatenessGate, CostOf = CostOf(scenario) };
        var engine = Engines.Create(options.Engine, live.Target, pacer, calls, play, folder);
        EngineSummary summary;
        SamplerSummary sampling;
        using var observers = RemoteObservers.Start(scenario.Target.Observe, live.Clock, samples);
        using (LiveView.Start(engine, output.Stderr, LiveView.OnTerminal))
        using (var sampler = new Sampler(live.Clock, sensors.Sources, options.SampleRateHz, samples))
        {
            summary = await engine.PlayAsync(schedule, stop).ConfigureAwait(false);
            sampler.Dispose();
            sampling = sampler.Summary();
        }

        (await observers.FinishAsync().ConfigureAwait(false)).ToList().ForEach(output.Progress);
        if (Engines.TroubleOf(engine) is { } trouble)
        {
            output.Progress($"warning: {trouble}");
        }

        return (summary, sampling);
    }

    /// <summary>What a call cost while it ran on one GPU; for the guard's largest spend.</summary>
    private static Func<CallRecord, Usd>? CostOf(Scenario scenario) => scenario.Price is { } price
        ? call => call.Completed is { } end ? new GpuTime((end - (call.Started ?? call.Intended)).Seconds) * new UsdPerGpuHour(price.Price.PerGpuHour) : default
        : null;

    private static RunManifest Plan(Scenario scenario, Schedule schedule, string sampler, LiveRunOptions options) => new()
    {
        Scenario = scenario.Name,
        Status = "running",
        Evidence = Words.Of(scenario.Profile is null ? Evidence.Real : Evidence.Emulated),
        GpusPerReplica = scenario.Profile is { } profile ? profile.GpusPerReplica : scenario.Target.Observe.GpusPerReplica,
        ProfileRealCalls = scenario.Profile?.RealCalls ?? 0,
        ProfileError = scenario.Profile is { } times ? Profiles.ErrorOf(times) : null,
        Planned = schedule.Calls.Count,
        ScheduleSha256 = schedule.Sha256,
        Seed = scenario.Seed.Value,
        ScenarioText = scenario.Text,
        Parts = $"engine {Engines.Words(options.Engine)} · sampler {sampler}",
        Version = Host.Version,
        Machine = $"{MachineDescription.Read().Line}; {Host.Runtime}",
        Device = EmulatedRun.DeviceOf(scenario) ?? (scenario.Target.Kind == TargetKind.Local ? options.Backend.Device : $"remote: {scenario.Target.Url?.Host}, device not seen"),
        StartedUtc = DateTimeOffset.UtcNow,
    };

    private static RunManifest Close(RunManifest manifest, Scenario scenario, EngineSummary summary, LiveTarget live, string? ended, SamplerSummary sampling)
    {
        var completed = summary.Count(Outcome.Completed);
        return manifest with
        {
            Status = summary.StopReason switch { null => ended is null ? "completed" : "failed", "interrupted" => "interrupted", _ => "completed" },
            Planned = summary.Planned,
            Verdict = VerdictOf(summary, ended),
            RealCalls = scenario.Profile is not null || (scenario.Target.Protocol == TargetProtocol.Plain && scenario.Target.Kind == TargetKind.Http) ? 0 : completed,
            ClockOffsetNs = live.Clocks.Offset.Nanoseconds,
            ClockUncertaintyNs = live.Clocks.Uncertainty.Nanoseconds,
            EndedUtc = DateTimeOffset.UtcNow,
            Outcomes = summary.Outcomes.ToDictionary(pair => Words.Of(pair.Key), pair => pair.Value),
            Quality = summary.Quality with
            {
                StopReason = summary.StopReason,
                Saturation = summary.Saturation?.Sentence,
                DispatchPriority = summary.DispatchPriority,
                SampleRounds = sampling.Rounds,
                SampleRoundsMissed = sampling.Missed,
                CancelsAsked = live.Target.Withdrawals.Asked,
                CancelsAccepted = live.Target.Withdrawals.Accepted,
                SpendUsd = scenario.Target.IsLoopback ? null : (double?)summary.Spend?.Amount,
            },
        };
    }

    /// <summary>The checks read what was recorded, as any reader of the folder could.</summary>
    private static RunManifest Checked(RunManifest manifest, Scenario scenario, RunFolder folder) => manifest with
    {
        RealCalls = scenario.Profile is null ? manifest.RealCalls : EmulatedRun.RealCallsOf(scenario, folder.ReadCalls()),
        Quality = manifest.Quality! with { Checks = QualityChecks.Of(manifest, folder.ReadCalls(), folder.ReadSamples(), scenario.Target.IsLoopback) },
    };

    private static string VerdictOf(EngineSummary summary, string? ended)
    {
        var quality = summary.Quality;
        var lateness = string.Create(CultureInfo.InvariantCulture, $"p99 lateness {quality.LatenessP99Ms:0.###} ms, gate {quality.LatenessGateMs:0.###} ms {(quality.LatenessPassed ? "passed" : "failed: the schedule was not played")}");
        var stopped = summary.StopReason is { } reason ? $"; stopped by {reason}" : "";
        var saturated = summary.Saturation is { } saturation ? $"{saturation.Sentence}. " : "";
        return $"{saturated}{summary.Count(Outcome.Completed)} of {summary.Planned} planned calls completed, {summary.Sent} sent; {lateness}{stopped}{(ended is null ? "" : $"; {ended}")}.";
    }
}
