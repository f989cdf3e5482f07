using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;

namespace LoadLab.Cli.Tests;

/// <summary>
/// Faults under load, counted: whatever breaks, every planned call has one outcome, every job of the journal one end and at most 1 + retries starts, and the server
/// is the process that it was and makes clips.
/// </summary>
public sealed class FaultTests(Workspace workspace)
{
    private const int Retries = 3;
    private const string Emulated = "kind: emulated, profile: fault-figures.json, model: wan2.2-t2v-a14b, replicas: 3, speed: 200";
    private const string Good = """{"prompt":"a good one","model":"wan2.2-t2v-a14b","size":"832x480","num_frames":81,"num_inference_steps":40}""";
    private const string Job = "model: wan2.2-t2v-a14b, size: 832x480, frames: 81, steps: 40";
    private const string Half = "half a ";
    private const string LongJob = """{"prompt":"a long one","model":"wan2.2-t2v-a14b","size":"832x480","num_frames":81,"num_inference_steps":20}""";

    [Fact]
    public async Task Replicas_killed_under_load_lose_no_call()
    {
        const int Kills = 2;
        Assert.SkipUnless(OperatingSystem.IsLinux(), "children are found in /proc");
        await using var server = await ServeAsync($"{Emulated}, process: child", "recovery: { retries: 3, backoff: 50ms }");
        var replicas = await FaultSteps.UntilAsync(() => Signals.ChildrenOf(server.Id), children => children.Count == 3, "three replicas run");
        await FaultSteps.UntilAsync(() => server.Journal, journal => journal.Events<ServingEvent.ModelLoaded>().Count() == 3, "all have the model");
        var load = server.PlayAsync(WorkloadOf("24/s", "5s", Job));

        for (var i = 0; i < Kills; i++)
        {
            await FaultSteps.KillBusyAsync(replicas[i], () => server.Journal.Waiting, 3);
            await FaultSteps.UntilAsync(() => server.Journal, journal => journal.Events<ServingEvent.ReplicaLost>().Count() == i + 1, "the replica is missed");
        }

        var (manifest, calls) = await load;
        Assert.Equal(manifest.Planned, manifest.Outcomes!["completed"]);
        var journal = await server.EndsAsync(Retries);
        Assert.All(journal.Events<ServingEvent.ReplicaLost>(), lost => Assert.Contains("signal 9", lost.Cause, StringComparison.Ordinal));
        Assert.Equal(Kills, journal.Count<Decision.Retry>("replica-lost"));
        Assert.Equal(journal.Decisions<Decision.Retry>().Count(), calls.Sum(call => call.Attempts - 1));
        await server.IsWellAsync();
    }

    [Fact]
    public async Task Throws_in_the_model_are_retried_and_a_poisonous_job_ends_as_a_dead_letter()
    {
        var prompts = workspace.Write("prompts.txt", "a red kite\na blue door\na kettle that is poison\na white horse\na quiet lake\na slow train");
        await using var server = await ServeAsync($"{Emulated}, emulation: {{ failEvery: 6, poison: kettle }}", "batching: { window: 60ms, maxBatch: 2 }, recovery: { retries: 3, backoff: 20ms }");
        var workload = WorkloadOf("8/s", "5s", Job, $"  prompts: {{ file: \"{prompts}\" }}\n");
        var (manifest, calls) = await server.PlayAsync(workload);

        var schedule = Scenario.Load(workspace.Write("planned.yaml", File.ReadAllText(server.LoadOf(workload)))).Schedule();
        var poison = schedule.Calls.Where(call => schedule.PromptOf(call).Contains("kettle", StringComparison.Ordinal)).Select(call => call.Index).ToList();
        Assert.NotEmpty(poison);
        Assert.Equal(poison, calls.Where(call => call.Outcome == Outcome.Failed).Select(call => call.Call));
        Assert.Equal(manifest.Planned - poison.Count, manifest.Outcomes!["completed"]);
        Assert.All(calls.Where(call => call.Outcome == Outcome.Failed), call => Assert.Equal(1 + Retries, call.Attempts));
        Assert.Contains(calls, call => call is { Outcome: Outcome.Completed, Attempts: > 1 });

        var journal = await server.EndsAsync(Retries);
        Assert.Equal(poison.Count, journal.Count<Decision.Fail>("error"));
        Assert.Contains("alone", journal.Decisions<Decision.Start>().Select(start => start.Reason));
        await server.IsWellAsync();
    }

    [Fact]
    public async Task Batches_past_the_memory_are_halved_and_no_job_is_lost()
    {
        await using var server = await ServeAsync($"{Emulated}, emulation: {{ oomAbove: 2 }}", "batching: { window: 100ms, maxBatch: 4 }, recovery: { retries: 3, backoff: 20ms }");
        var (manifest, _) = await server.PlayAsync(WorkloadOf("16/s", "5s", Job));

        Assert.Equal(manifest.Planned, manifest.Outcomes!["completed"]);
        var journal = await server.EndsAsync(Retries);
        Assert.True(journal.Count<Decision.Retry>("out-of-memory") > 0);
        Assert.Equal(journal.Decisions<Decision.Retry>().Count(), journal.Count<Decision.Retry>("out-of-memory"));
        var learnt = journal.Timed<ServingEvent.BatchFailed>().First().Now;
        Assert.All(journal.Entries.Where(entry => entry.Now >= learnt).Select(entry => entry.Decision).OfType<Decision.Start>(), start => Assert.InRange(start.Jobs.Count, 1, 2));
        await server.IsWellAsync();
    }

    [Fact]
    public async Task Clips_past_a_real_model_s_arena_fail_alone_and_the_others_are_made()
    {
        await using var server = await FaultServer.StartAsync(
            workspace,
            FaultSteps.WriteScenario(workspace, "tight", """
                workload: { duration: 1s, arrivals: [ { constant: { rate: 1/s } } ] }
                target: { kind: local, model: wan2.2-ti2v-5b-pico, memory: 12MiB }
                serving: { recovery: { retries: 3, backoff: 20ms } }
                """),
            """{"prompt":"a good one","size":"32x32","num_frames":1,"num_inference_steps":1}""");
        var (manifest, calls) = await server.PlayAsync("""
            workload:
              duration: 5s
              arrivals: [ { constant: { rate: 8/s } } ]
              jobs:
                - { weight: 3, model: wan2.2-ti2v-5b-pico, size: 32x32, frames: 1, steps: 1 }
                - { weight: 1, model: wan2.2-ti2v-5b-pico, size: 256x256, frames: 33, steps: 1 }
            """);

        var large = calls.Where(call => call.Width == 256).ToList();
        Assert.NotEmpty(large);
        Assert.All(large, call => Assert.Equal((Outcome.Failed, "out-of-memory"), (call.Outcome, call.Reason)));
        Assert.Equal(manifest.Planned - large.Count, manifest.Outcomes!["completed"]);

        // It did not fit alone: another attempt would not help.
        var journal = await server.EndsAsync(retries: 0);
        Assert.Equal(large.Count, journal.Count<Decision.Fail>("out-of-memory"));
        await server.IsWellAsync();
    }

    [Fact]
    public async Task Clients_that_freeze_leave_or_never_read_hold_up_nobody_else()
    {
        const int Leavers = 10;
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals are sent by kill");
        await using var server = await ServeAsync(Emulated, "recovery: { retries: 3, backoff: 50ms }");
        var load = server.PlayAsync(WorkloadOf("6/s", "5s", Job));

        // One says a thousand things and reads no answer; the first of them is a job that it waits for.
        using var deaf = await FaultClient.ConnectAsync(server.Url, receiveBuffer: 4096);
        var said = await deaf.TrySendAsync(
            FaultClient.Post("/v1/videos/generations", LongJob, keep: true) + string.Concat(Enumerable.Repeat("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", 1000)),
            TimeSpan.FromSeconds(1));

        // One plays blocking calls, is stopped with some of them open, and is killed later.
        await using var frozen = server.StartClient(WorkloadOf("6/s", "30s", "model: wan2.2-t2v-a14b, size: 832x480, frames: 81, steps: 20"), "generations");
        await FaultSteps.UntilAsync(() => server.Journal, journal => journal.Arrived.Count(job => job.Steps == 20) > 6, "it has sent some calls");
        FaultSteps.Freeze(frozen.Id);

        // Some ask for a clip and leave when it has become a job.
        for (var i = 0; i < Leavers; i++)
        {
            var before = server.Journal.Arrived.Count(job => job.Steps == 20);
            using var leaver = await FaultClient.ConnectAsync(server.Url);
            Assert.True(await leaver.TrySendAsync(FaultClient.Post("/v1/videos/generations", LongJob), TimeSpan.FromSeconds(120)));
            await FaultSteps.UntilAsync(() => server.Journal, journal => journal.Arrived.Count(job => job.Steps == 20) > before, "the job has come");
        }

        var (manifest, _) = await load;
        frozen.Kill();

        Assert.Equal(manifest.Planned, manifest.Outcomes!["completed"]);
        var journal = await server.EndsAsync(Retries);
        var longs = journal.Arrived.Where(job => job.Steps == 20).Select(job => job.Id).ToHashSet();
        var dropped = journal.Decisions<Decision.Drop>().Select(drop => drop.Job).ToHashSet();
        Assert.InRange(dropped.Count, Leavers, longs.Count);
        Assert.Subset(longs, dropped);
        FaultServer.Tell($"clients: {longs.Count - Leavers - 1} jobs of a frozen client, {Leavers} clients that left and one that never reads ({(said ? "its requests all taken" : "not all its requests taken")}): {dropped.Count} given up");
        await server.IsWellAsync();
    }

    [Fact]
    public async Task Corrupt_requests_are_counted_4xx_and_the_calls_among_them_complete()
    {
        await using var server = await ServeAsync(Emulated, "recovery: { retries: 3, backoff: 50ms }");
        var load = server.PlayAsync(WorkloadOf("8/s", "5s", Job));

        var statuses = new List<(string Name, int Status)>();
        while (!load.IsCompleted)
        {
            statuses.AddRange(await Task.WhenAll(Corrupt().Select(async request =>
            {
                using var client = await FaultClient.ConnectAsync(server.Url);
                await client.TrySendAsync(request.Bytes, TimeSpan.FromSeconds(120));
                return (request.Name, await client.StatusAsync(leaves: request.Name.StartsWith(Half, StringComparison.Ordinal)));
            })));
            await Task.Delay(100);
        }

        var (manifest, _) = await load;
        Assert.Equal(manifest.Planned, manifest.Outcomes!["completed"]);
        foreach (var kind in statuses.GroupBy(answer => answer.Name))
        {
            FaultServer.Tell($"corrupt: {kind.Count()} times {kind.Key}: {string.Join(", ", kind.GroupBy(answer => answer.Status).Select(group => $"{group.Count()} of {group.Key}"))}");

            // Who breaks off has gone, and may get no answer.
            Assert.All(kind, answer => Assert.True(answer.Status is >= 400 and < 500 || (answer.Status == 0 && kind.Key.StartsWith(Half, StringComparison.Ordinal)), $"{kind.Key}: {answer.Status}"));
        }

        // None of them became a job.
        Assert.Equal(manifest.Planned, (await server.EndsAsync(Retries)).Arrived.Count);
        await server.IsWellAsync();
    }

    private static IEnumerable<(string Name, string Bytes)> Corrupt()
    {
        yield return ("noise", string.Concat(Enumerable.Range(0, 500).Select(i => (char)(1 + (i * 7919 % 251)))) + "\r\n\r\n");
        yield return ("a body that is no JSON", FaultClient.Post("/v1/videos", "{\"prompt\":\u0001\u0002"));
        yield return ("a body of another type", FaultClient.Post("/v1/videos", "prompt=a", "application/x-www-form-urlencoded"));
        yield return ("wrong types", FaultClient.Post("/v1/videos", """{"prompt":["a"],"size":7,"num_frames":"many"}"""));
        yield return ("negative frames", FaultClient.Post("/v1/videos", """{"prompt":"a","num_frames":-81}"""));
        yield return ("an unknown model", FaultClient.Post("/v1/videos", """{"prompt":"a","model":"wan9"}"""));
        yield return ("a length past the bound", FaultClient.Post("/v1/videos", "", length: 1 << 30));
        yield return ("a job that never was", "GET /v1/videos/..%2f..%2fetc HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        yield return (Half + "body", FaultClient.Post("/v1/videos", "{\"prompt\":", length: 500));
        yield return (Half + "header", "POST /v1/videos HTTP/1.1\r\nHost: local");
    }

    private static string WorkloadOf(string rate, string duration, string job, string more = "") =>
        $"workload:\n  duration: {duration}\n  arrivals: [ {{ constant: {{ rate: {rate} }} }} ]\n{more}  jobs: [ {{ {job} }} ]";

    private Task<FaultServer> ServeAsync(string target, string serving) => FaultServer.StartAsync(
        workspace,
        FaultSteps.WriteScenario(workspace, "served", $"seed: 9\nworkload: {{ duration: 1s, arrivals: [ {{ constant: {{ rate: 1/s }} }} ], jobs: [ {{ {Job} }} ] }}\ntarget: {{ {target} }}\nserving: {{ {serving} }}\n"),
        Good);
}
