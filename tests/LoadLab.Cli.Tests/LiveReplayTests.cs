using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Safety;

namespace LoadLab.Cli.Tests;

/// <summary>
/// Live runs in which much goes on at once: their journals hold what went on, and the serving core, fed the events alone, takes every decision again byte for byte.
/// </summary>
public sealed class LiveReplayTests(Workspace workspace)
{
    private const string Job = "size: 832x480, frames: 81, steps: 40";

    [Fact]
    public async Task Bursts_of_two_tiers_with_retries_batches_and_a_killed_replica_replay_byte_for_byte()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "children are found in /proc");
        (double Start, double End)[] bursts = [(1, 2), (4, 5)];
        var scenario = FaultSteps.WriteScenario(workspace, "two-bursts", $$"""
            seed: 5
            workload:
              duration: 6s
              arrivals:
                - constant: { rate: 3/s }
                - burst: { at: 1s, rate: 24/s, for: 1s }
                - burst: { at: 4s, rate: 24/s, for: 1s }
              jobs:
                - { weight: 1, tier: vip, {{Job}} }
                - { weight: 3, tier: free, {{Job}} }
            target: { kind: emulated, profile: fault-figures.json, model: wan2.2-t2v-a14b, replicas: 3, speed: 200, process: child, emulation: { failEvery: 9 } }
            serving:
              batching: { window: 100ms, maxBatch: 4 }
              tiers: { vip: { priority: 0 }, free: { priority: 1 } }
              recovery: { retries: 3, backoff: 40ms }
            guard: { drain: { max: 60s, then: cancel } }
            """);
        var root = workspace.NewPath("runs");
        await using var run = await LoadLabProcess.BeginAsync(workspace, root, scenario, "--lateness-gate", "60s");

        // A server that is not ready in time is started again: wait for the load.
        int Waiting() => JournalIn(root)?.Waiting ?? 0;
        await FaultSteps.UntilAsync(Waiting, waiting => waiting > 6, "the burst is there");
        var server = Assert.Single(Signals.ChildrenOf(run.Id));
        await FaultSteps.KillBusyAsync(Signals.ChildrenOf(server)[0], Waiting, 6);
        await run.EndAsync();

        var (journal, manifest) = await ReplaysAsync(root);
        Assert.Equal(manifest.Planned, manifest.Outcomes!["completed"]);
        var calls = RunFolder.Open(Assert.Single(Directory.GetDirectories(root))).ReadCalls();
        Assert.All(bursts, burst => Assert.Contains(calls, call => call.BatchSize > 1 && call.Intended.Seconds >= burst.Start && call.Intended.Seconds < burst.End));
        Assert.Equal(["free", "vip"], journal.Arrived.Select(job => job.Tier).Distinct().Order(StringComparer.Ordinal));
        Assert.True(journal.Count<Decision.Retry>("error") > 0 && journal.Count<Decision.Retry>("replica-lost") > 0, journal.ToString());
        Assert.Single(journal.Events<ServingEvent.ReplicaLost>(), lost => lost.Cause.Contains("signal 9", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pipeline_over_three_replicas_with_faults_replays_byte_for_byte()
    {
        var scenario = FaultSteps.WriteScenario(workspace, "stages", $$"""
            seed: 6
            workload:
              duration: 5s
              arrivals: [ { constant: { rate: 4/s } } ]
              jobs: [ { {{Job}} } ]
            target: { kind: emulated, profile: fault-figures.json, model: wan2.2-t2v-a14b, replicas: 3, speed: 200, emulation: { failEvery: 6, crashEvery: 9 } }
            serving:
              pipeline: { text: 1, denoise: 1, decode: 1 }
              recovery: { retries: 3, backoff: 40ms }
            guard: { drain: { max: 60s, then: cancel } }
            """);
        var (journal, manifest) = await PlayAsync(scenario);

        Assert.Equal(manifest.Planned, manifest.Outcomes!["completed"]);
        var done = journal.Events<ServingEvent.BatchDone>().Select(batch => batch.Batch).ToHashSet();
        var whole = journal.Decisions<Decision.Start>().GroupBy(start => start.Batch).Where(batch => done.Contains(batch.Key)).ToList();
        Assert.Equal(manifest.Planned, whole.Sum(batch => batch.First().Jobs.Count));
        Assert.All(whole, batch =>
        {
            Assert.Equal([Stage.Text, Stage.Denoise, Stage.Decode], batch.Select(start => start.Stage));
            Assert.Equal(3, batch.Select(start => start.Replica).Distinct().Count());
        });
        Assert.Equal(3 * whole.Count, journal.Events<ServingEvent.StageDone>().Count(stage => done.Contains(stage.Batch)));
        Assert.True(journal.Count<Decision.Retry>("error") > 0, journal.ToString());
        Assert.Contains(journal.Events<ServingEvent.ReplicaLost>(), lost => lost.Cause.Contains("crashed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Quotas_fair_share_safety_checks_and_a_lighter_model_replay_byte_for_byte()
    {
        const string Lighter = "wan2.2-ti2v-5b";
        var scenario = FaultSteps.WriteScenario(workspace, "all-rules", $$"""
            seed: 8
            calendar: { start: 2026-01-05T12:00Z }
            workload:
              duration: 5s
              arrivals:
                - constant: { rate: 8/s }
                - burst: { at: 1s, rate: 40/s, for: 1s }
              prompts: { popularity: uniform, unique: 1 }
              jobs:
                - { weight: 6, tenant: loud, {{Job}} }
                - { weight: 3, tenant: quiet, {{Job}} }
                - { weight: 1, tenant: greedy, {{Job}} }
            target: { kind: emulated, profile: fault-figures.json, model: wan2.2-t2v-a14b, models: [{{Lighter}}], replicas: 2, speed: 200 }
            serving:
              fairness: { by: tenant, weights: { quiet: 2 } }
              quotas: { concurrent: 12, tenants: { greedy: { daily: 3 } } }
              safety:
                before: { limit: 2s, takes: 10ms, refusedShare: 0.25 }
                after: { limit: 2s, takes: 10ms, refusedShare: 0.25 }
              recovery: { retries: 3, backoff: 40ms, fallbackModel: {{Lighter}}, fallbackWhen: { queue: 4 } }
            guard: { drain: { max: 60s, then: cancel } }
            """);
        var (journal, manifest) = await PlayAsync(scenario);

        Assert.Equal(manifest.Planned, manifest.Outcomes!["completed"] + manifest.Outcomes["rejected"]);
        Assert.All(["quota-daily", "quota-concurrent"], reason => Assert.True(journal.Count<Decision.Refuse>(reason) > 0, $"{reason}: {journal}"));
        Assert.All([SafetyPhase.Before, SafetyPhase.After], phase => Assert.Contains(journal.Decisions<Decision.Check>(), check => check.Phase == phase));
        Assert.All(["content-before", "content-after"], reason => Assert.True(journal.Count<Decision.Reject>(reason) > 0, $"{reason}: {journal}"));
        Assert.Contains(journal.Decisions<Decision.Admit>(), admit => admit is { Reason: "fallback-queue", Serve.Name: Lighter });
        Assert.Contains("\"fairness\":{\"by_tenant\":true", journal.Header, StringComparison.Ordinal);
        Assert.True(Overtakes(journal), "no job of the quiet tenant started before one of the loud tenant that had come earlier");
    }

    /// <summary>Whether a job of the quiet tenant started before one of the loud tenant that had come earlier and was served by the same model.</summary>
    private static bool Overtakes(FaultJournal journal)
    {
        var served = journal.Decisions<Decision.Admit>().ToDictionary(admit => admit.Job, admit => admit.Serve);
        var order = journal.Decisions<Decision.Start>().SelectMany(start => start.Jobs).Select((job, index) => (job, index)).ToDictionary(pair => pair.job, pair => pair.index);
        var ran = journal.Arrived.Where(job => order.ContainsKey(job.Id)).ToList();
        return ran.Where(job => job.Tenant == "quiet").Any(quiet =>
            ran.Any(loud => loud.Tenant == "loud" && loud.Id.Value < quiet.Id.Value && served[loud.Id] == served[quiet.Id] && order[loud.Id] > order[quiet.Id]));
    }

    private async Task<(FaultJournal Journal, RunManifest Manifest)> PlayAsync(string scenario)
    {
        var root = workspace.NewPath("runs");
        var ended = await LoadLabProcess.PlayAsync(workspace, root, scenario, "--lateness-gate", "60s");
        Assert.True(ended.ExitCode is 0 or 1, $"exit code {ended.ExitCode}\n{ended.Stderr}");
        return await ReplaysAsync(root);
    }

    /// <summary>The run's journal, its laws held and replayed by the program; no call is lost.</summary>
    private async Task<(FaultJournal Journal, RunManifest Manifest)> ReplaysAsync(string root)
    {
        const int Retries = 3;
        var folder = Assert.Single(Directory.GetDirectories(root));
        var manifest = Workspace.CheckConservation(folder);
        Assert.Equal(0, manifest.Outcomes!["unfinished"]);
        var journal = FaultJournal.Read(Path.Combine(folder, RunFolder.DecisionsName));
        FaultServer.Tell($"{manifest.Planned} planned; {journal}");
        journal.HoldsLaws(Retries);

        var replay = (await LoadLabProcess.RunAsync(workspace, "replay", folder, "--json")).Document();
        Assert.True(replay.GetProperty("identical").GetBoolean());
        Assert.Equal(journal.Entries.Count, replay.GetProperty("events").GetInt32() + replay.GetProperty("decisions").GetInt32());
        return (journal, manifest);
    }

    private static FaultJournal? JournalIn(string root)
    {
        try
        {
            var files = Directory.Exists(root) ? Directory.GetFiles(root, RunFolder.DecisionsName, SearchOption.AllDirectories) : [];
            return files.Length == 0 || new FileInfo(files[0]).Length == 0 ? null : FaultJournal.Read(files[0]);
        }
        catch (Exception e) when (e is IOException or Core.Input.InputException)
        {
            // It is being replaced, or its first line is not whole yet.
            return null;
        }
    }
}
