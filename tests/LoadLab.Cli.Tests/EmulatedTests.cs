using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Cli.Tests;

/// <summary>Many replicas behind one server, by the program as users start it: emulated ones, real ones beside them, and replicas that are processes of their own.</summary>
public sealed class EmulatedTests(Workspace workspace)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(180);

    [Fact]
    public async Task Sixteen_emulated_replicas_and_a_real_one_answer_every_call_and_the_journal_replays()
    {
        var scenario = workspace.Write("many.yaml", """
            name: many
            seed: 3
            workload:
              duration: 2s
              arrivals: [ { constant: { rate: 100/s } } ]
              process: even
              jobs:
                - { weight: 49, size: 832x480, frames: 81, steps: 40 }
                - { weight: 1, model: wan2.2-ti2v-5b-pico, size: 64x64, frames: 5, steps: 4 }
            target:
              kind: emulated
              profile: wan2.2-t2v-a14b-h100-8gpu
              model: wan2.2-t2v-a14b
              replicas: 16
              speed: 500
              memory: 80GB
              real: { model: wan2.2-ti2v-5b-pico, replicas: 1, memory: 512MiB }
            guard: { drain: { max: 60s, then: cancel } }
            """);
        var (folder, ended) = await Play(scenario);

        Assert.Contains("backend emulated x500 (16 replicas, profile wan2.2-t2v-a14b-h100-8gpu, beside 1 real of wan2.2-ti2v-5b-pico)", ended.Stderr, StringComparison.Ordinal);
        var manifest = Workspace.CheckConservation(folder);
        var calls = RunFolder.Open(folder).ReadCalls();
        Assert.Equal((200, 200), (manifest.Planned, manifest.Outcomes!["completed"]));
        Assert.Equal(("emulated", "emulated x500: H100 80 GB, 8 GPUs as one replica", 8), (manifest.Evidence, manifest.Device, manifest.GpusPerReplica));
        Assert.InRange(manifest.RealCalls, 1, 30);
        Assert.Equal(manifest.RealCalls, calls.Count(call => call.Model == "wan2.2-ti2v-5b-pico"));
        Assert.Equal(17, calls.Select(call => call.Replica).Distinct().Count());
        (await LoadLabProcess.RunAsync(workspace, "replay", folder)).Exits(0);
        Assert.Contains("<span class=\"tag emulated\">emulated</span>", File.ReadAllText(Path.Combine(folder, "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killing_the_process_of_one_replica_under_load_loses_no_call()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "children are found in /proc");
        var root = workspace.NewPath("runs");
        await using var run = await LoadLabProcess.BeginAsync(workspace, root, Children("killed-replica", "20s"), "--lateness-gate", "30s");
        await Until(() => Rows(root), rows => rows > 5, "calls end");

        // Only now: a server that is not ready in time is started again.
        var server = await Child(run.Id);
        var replicas = await Until(() => Signals.ChildrenOf(server), children => children.Count == 3, "three replicas run");
        Kill(replicas[0]);

        (await run.EndAsync()).Exits(0);
        var folder = Assert.Single(Directory.GetDirectories(root));
        var manifest = Workspace.CheckConservation(folder);
        Assert.Equal(manifest.Planned, manifest.Outcomes!["completed"]);
        var lost = Assert.Single(File.ReadLines(Path.Combine(folder, RunFolder.DecisionsName)), line => line.Contains("ReplicaLost", StringComparison.Ordinal) && line.Contains("signal 9", StringComparison.Ordinal));
        Assert.Contains($"process {replicas[0]} was ended by signal 9", lost, StringComparison.Ordinal);
        (await LoadLabProcess.RunAsync(workspace, "replay", folder)).Exits(0);
    }

    [Fact]
    public async Task Replicas_leave_when_their_server_is_killed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "children are found in /proc");
        await using var server = LoadLabProcess.Start(workspace, "serve", "--scenario", Children("orphans", "1s"));
        var replicas = await Until(() => Signals.ChildrenOf(server.Id), children => children.Count == 3, "three replicas run");
        server.Kill();

        await Until(() => replicas.Count(Signals.Runs), running => running == 0, "the replicas leave");
    }

    [Fact]
    public async Task Injected_faults_are_survived_by_retries_and_a_poisoned_prompt_is_a_dead_letter()
    {
        var scenario = workspace.Write("faults.yaml", """
            name: faults
            seed: 9
            workload:
              duration: 1s
              arrivals: [ { constant: { rate: 60/s } } ]
              process: even
              jobs: [ { size: 832x480, frames: 81, steps: 40 } ]
            target: { kind: emulated, profile: wan2.2-t2v-a14b-h100-8gpu, model: wan2.2-t2v-a14b, replicas: 8, speed: 5000, emulation: { failEvery: 8, crashEvery: 20 } }
            serving: { recovery: { retries: 3, backoff: 10ms } }
            guard: { drain: { max: 60s, then: cancel } }
            """);
        var (folder, _) = await Play(scenario);

        var manifest = Workspace.CheckConservation(folder);
        Assert.Equal(manifest.Planned, manifest.Outcomes!["completed"]);
        Assert.Contains(RunFolder.Open(folder).ReadCalls(), call => call.Attempts > 1);
        Assert.Contains(File.ReadLines(Path.Combine(folder, RunFolder.DecisionsName)), line => line.Contains("crashed: an injected fault", StringComparison.Ordinal));
        (await LoadLabProcess.RunAsync(workspace, "replay", folder)).Exits(0);
    }

    [Theory]
    [InlineData("profile: nowhere, model: wan2.2-t2v-a14b", "size: 832x480, frames: 81, steps: 40", "target.profile = \"nowhere\" does not exist")]
    [InlineData("profile: wan2.2-t2v-a14b-h100-1gpu, model: wan2.2-t2v-a14b", "size: 832x480, frames: 5, steps: 40", "workload.jobs[0] = \"wan2.2-t2v-a14b 832x480, 5 frames, 40 steps\" is not in profile wan2.2-t2v-a14b-h100-1gpu; it knows wan2.2-t2v-a14b 832x480, 81 frames, 40 steps, batch 1")]
    [InlineData("profile: wan2.2-t2v-a14b-h100-1gpu, model: wan2.2-ti2v-5b", "size: 832x480, frames: 81, steps: 40", "target.model = \"wan2.2-ti2v-5b\" is not in profile wan2.2-t2v-a14b-h100-1gpu")]
    [InlineData("profile: wan2.2-t2v-a14b-h100-1gpu, model: wan2.2-t2v-a14b", "model: wan2.2-ti2v-5b-nano", "workload.jobs[0].model = \"wan2.2-ti2v-5b-nano\" is not what the target serves; write wan2.2-t2v-a14b")]
    [InlineData("profile: wan2.2-t2v-a14b-h100-1gpu, model: wan2.2-t2v-a14b, real: { model: wan2.2-t2v-a14b }", "size: 832x480, frames: 81, steps: 40", "target.real.model = \"wan2.2-t2v-a14b\" is not a small model that is served by nobody else")]
    public async Task What_cannot_be_emulated_is_refused_before_the_start(string target, string job, string message)
    {
        var scenario = workspace.Write("refused.yaml", $$"""
            name: refused
            workload: { duration: 1s, arrivals: [ { constant: { rate: 5/s } } ], jobs: [ { {{job}} } ] }
            target: { kind: emulated, {{target}} }
            """);
        var ended = (await LoadLabProcess.RunAsync(workspace, "run", scenario, "--dry-run")).Exits(2);
        Assert.Contains(message, Assert.Single(ended.ErrorLines), StringComparison.Ordinal);
    }

    private string Children(string name, string duration) => workspace.Write(name + ".yaml", $$"""
        name: {{name}}
        seed: 4
        workload:
          duration: {{duration}}
          arrivals: [ { constant: { rate: 8/s } } ]
          jobs: [ { size: 832x480, frames: 81, steps: 40 } ]
        target: { kind: emulated, profile: wan2.2-t2v-a14b-h100-8gpu, model: wan2.2-t2v-a14b, replicas: 3, speed: 200, process: child }
        serving: { recovery: { retries: 3, backoff: 50ms } }
        guard: { drain: { max: 60s, then: cancel } }
        """);

    private async Task<(string Folder, Ended Ended)> Play(string scenario)
    {
        var root = workspace.NewPath("runs");
        var ended = (await LoadLabProcess.PlayAsync(workspace, root, scenario, "--lateness-gate", "30s")).Exits(0);
        return (Assert.Single(Directory.GetDirectories(root)), ended);
    }

    private static async Task<int> Child(int process) => (await Until(() => Signals.ChildrenOf(process), children => children.Count == 1, "the server runs"))[0];

    private static void Kill(int process)
    {
        using var killed = System.Diagnostics.Process.GetProcessById(process);
        killed.Kill();
    }

    private static int Rows(string root)
    {
        var file = Directory.Exists(root) ? Directory.GetFiles(root, CallsFile.Name, SearchOption.AllDirectories) : [];
        return file.Length == 0 ? 0 : File.ReadLines(file[0]).Count() - 1;
    }

    private static async Task<T> Until<T>(Func<T> read, Func<T, bool> holds, string what)
    {
        var until = MonotonicClock.SystemNanoseconds + Duration.FromTimeSpan(s_limit).Nanoseconds;
        while (true)
        {
            var value = read();
            if (holds(value))
            {
                return value;
            }

            Assert.True(MonotonicClock.SystemNanoseconds < until, $"waited in vain until {what}");
            await Task.Delay(50);
        }
    }
}
