using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Stubs;

namespace LoadLab.Cli.Tests;

/// <summary>
/// The real program against services of eight protocols, each a stub written from the service's own documentation. The stub's book is the truth:
/// what was asked, when a job ended, whom it told.
/// </summary>
public sealed partial class ClusterTests(Workspace workspace)
{
    private const string KeyVariable = "LOADLAB_TEST_CLUSTER_KEY";
    private static readonly StubOptions s_short = new() { JobMedian = TimeSpan.FromMilliseconds(80), Sigma = 0.5, Seed = 5 };

    private static readonly (string Protocol, FaultKind Kind, StubAct On, int Every)[] s_cuts =
    [
        ("sglang", FaultKind.StopAccepting, StubAct.Submit, 25),
        ("mlcommons-generations", FaultKind.StopAccepting, StubAct.Submit, 25),
        ("fal-queue", FaultKind.HalfClosed, StubAct.Poll, 2),
        ("kserve-v2", FaultKind.HalfClosed, StubAct.Submit, 4),
        ("comfyui", FaultKind.Reset, StubAct.Poll, 2),
        ("vllm-omni", FaultKind.Reset, StubAct.Submit, 4),
    ];

    public static TheoryData<string> Files => [.. Directory.GetFiles(Repository.At("Scenarios", "cluster"), "*.yaml").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Shipped_cluster_scenario_loads_and_plans_calls(string file)
    {
        var scenario = Scenario.Load(Repository.At("Scenarios", "cluster", file));
        Assert.Equal(Path.GetFileNameWithoutExtension(file), scenario.Name);
        Assert.NotEmpty(scenario.Schedule().Calls);
    }

    [Fact]
    public async Task One_scenario_plays_unchanged_against_every_service()
    {
        await ForEveryServiceAsync(async protocol =>
        {
            await using var stub = await StubService.StartAsync(protocol, s_short);
            var (folder, _) = await PlayAsync(stub, Handshake(stub));
            var calls = RunFolder.Open(folder).ReadCalls();
            Assert.All(calls, call => Assert.Equal((Outcome.Completed, ""), (call.Outcome, call.Reason)));
            Assert.Equal(calls.Count, Workspace.CheckConservation(folder).Outcomes!["completed"]);
            Assert.Empty(stub.Book.Refused);
            Assert.Equal(0, stub.ElsewhereHits);
            var pairs = Pairs(stub, folder);
            Assert.All(pairs, pair => AskedAsPlanned(protocol, pair.Planned, pair.Job));
            BracketsTheTruth(protocol, pairs);
        });
    }

    [Fact]
    public async Task A_key_of_the_environment_reaches_every_service_and_no_file_and_no_stream()
    {
        const string Key = "k-5f0c9b27e1";
        Environment.SetEnvironmentVariable(KeyVariable, Key);
        try
        {
            await ForEveryServiceAsync(async protocol =>
            {
                await using var stub = await StubService.StartAsync(protocol, s_short with { Key = Key });
                var (folder, ended) = await PlayAsync(stub, WithKey(Handshake(stub)).Replace("duration: 2s", "duration: 500ms"));
                Assert.All(RunFolder.Open(folder).ReadCalls(), call => Assert.Equal((Outcome.Completed, ""), (call.Outcome, call.Reason)));
                Assert.Empty(stub.Book.Refused);
                AssertKeepsSecret(Key, folder, ended);
            });
        }
        finally
        {
            Environment.SetEnvironmentVariable(KeyVariable, null);
        }
    }

    [Fact]
    public async Task A_wrong_key_fails_every_call_and_is_not_told_either()
    {
        const string Key = "k-wrong-77aa31";
        Environment.SetEnvironmentVariable(KeyVariable, Key);
        try
        {
            await using var stub = await StubService.StartAsync(StubProtocol.Named("fal-queue")!, s_short with { Key = "another" });
            var (folder, ended) = await PlayAsync(stub, WithKey(Handshake(stub)).Replace("duration: 2s", "duration: 500ms"), exitCode: 1);
            Assert.All(RunFolder.Open(folder).ReadCalls(), call => Assert.Equal((Outcome.Failed, "http-401"), (call.Outcome, call.Reason)));
            AssertKeepsSecret(Key, folder, ended);
        }
        finally
        {
            Environment.SetEnvironmentVariable(KeyVariable, null);
        }
    }

    [Theory]
    [InlineData("sglang")]
    [InlineData("mlcommons-generations")]
    public async Task A_killed_run_has_lost_no_call_whose_end_it_had_learnt(string protocol)
    {
        await using var stub = await StubService.StartAsync(StubProtocol.Named(protocol)!, s_short);
        var root = workspace.NewPath("runs");
        await using var process = LoadLabProcess.Start(workspace, "run", workspace.Write("endless.yaml", Handshake(stub).Replace("duration: 2s", "duration: 100s").Replace("rate: 20/s", "rate: 60/s").Replace("maxCalls: 60", "maxCalls: 10000")), "--out", root);
        await UntilAsync(() => Learnt(stub).Count >= 30, process);
        var folder = Assert.Single(Directory.GetDirectories(root));
        var planned = SeedsOf(folder);
        var learnt = Learnt(stub).Select(job => planned[LowOf(job.Asked.Seed!.Value)]).ToList();

        // What the service has said is on its way to the client and from there to the file: it is there while the run still plays, and stays there.
        await UntilAsync(() => RowsIn(folder).IsSupersetOf(learnt), process);
        process.Kill();
        await process.EndAsync();

        var opened = RunFolder.Open(folder);
        Assert.Equal("running", opened.ReadManifest().Status);
        var completed = opened.ReadCalls().Where(call => call.Outcome == Outcome.Completed).Select(call => call.Call).ToHashSet();
        Assert.All(learnt, call => Assert.Contains(call, completed));
        Assert.StartsWith("partial", (await LoadLabProcess.RunAsync(workspace, "report", folder)).Exits(0).Stdout, StringComparison.Ordinal);
    }

    /// <summary>Every call has one row, and whatever a client was told in whole is in it.</summary>
    [Fact]
    public async Task A_cut_network_loses_no_recorded_call() => await Task.WhenAll(s_cuts.Select(async cut =>
    {
        var (name, kind, on, every) = cut;
        var what = $"{name}, {StubFault.NameOf(kind)} on {on}";
        await using var stub = await StubService.StartAsync(StubProtocol.Named(name)!, s_short with { Fault = new StubFault { Kind = kind, On = on, Every = every, Times = on == StubAct.Poll ? 3 : int.MaxValue } });
        var root = workspace.NewPath("runs");
        var ended = await RunAsync(Handshake(stub), root);
        Assert.True(ended.ExitCode is 0 or 1 or 3, $"{what}: exit code {ended.ExitCode}: {ended.Stderr}");
        Assert.DoesNotContain("   at ", ended.Stderr);
        var folder = Assert.Single(Directory.GetDirectories(root));
        var manifest = Workspace.CheckConservation(folder);
        Assert.NotEqual("running", manifest.Status);
        var completed = RunFolder.Open(folder).ReadCalls().Count(call => call.Outcome == Outcome.Completed);
        Assert.InRange(completed, 1, manifest.Planned);
        if (kind == FaultKind.StopAccepting)
        {
            Assert.True(manifest.Outcomes!["failed"] > 0, $"{what}: nothing failed");
        }
        else if (on == StubAct.Poll)
        {
            // A broken poll is asked again: no job is lost for it.
            Assert.True(completed == manifest.Planned, $"{what}: {completed} of {manifest.Planned} completed; {Reasons(folder)}");
        }
        else
        {
            // A broken submission is not sent again: it may have been accepted, and a clip costs money.
            Assert.True(completed == manifest.Planned - (manifest.Planned / every), $"{what}: {completed} of {manifest.Planned} completed; {Reasons(folder)}");
        }
    }));

    /// <summary>Jobs of which the service has told the client that they ended.</summary>
    private static List<StubJob> Learnt(StubService stub) => [.. stub.Book.Jobs.Where(job => job.ToldNs is not null)];

    /// <summary>Calls with a whole row in a file that may still be written.</summary>
    private static HashSet<int> RowsIn(string folder)
    {
        var path = Path.Combine(folder, CallsFile.Name);
        if (!File.Exists(path))
        {
            return [];
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n')[1..^1].Select(line => int.Parse(line.Split(',')[0]))];
    }

    private static string Reasons(string folder) => string.Join(", ", RunFolder.Open(folder).ReadCalls().GroupBy(call => $"{call.Outcome} {call.Reason}").Select(group => $"{group.Count()} {group.Key}"));

    /// <summary>All services at once; every failure says whose it is.</summary>
    private static async Task ForEveryServiceAsync(Func<StubProtocol, Task> test)
    {
        var failures = await Task.WhenAll(StubProtocol.All.Select(async protocol =>
        {
            try
            {
                await test(protocol);
                return null;
            }
            catch (Exception e)
            {
                return $"{protocol.Name}: {e.Message[..Math.Min(e.Message.Length, 600)]}";
            }
        }));
        Assert.True(failures.All(failure => failure is null), string.Join("\n", failures.OfType<string>()));
    }

    private async Task<(string Folder, Ended Ended)> PlayAsync(StubService stub, string scenario, int exitCode = 0)
    {
        var root = workspace.NewPath("runs-" + stub.Protocol.Name);
        var ended = await RunAsync(scenario, root);
        Assert.True(ended.ExitCode == exitCode, $"exit code {ended.ExitCode}; {(Directory.Exists(root) ? Reasons(Directory.GetDirectories(root)[0]) : "")}; refused: {string.Join(" | ", stub.Book.Refused.Distinct())}\n{ended.Stdout}\n{ended.Stderr}");
        return (Assert.Single(Directory.GetDirectories(root)), ended);
    }

    private Task<Ended> RunAsync(string scenario, string root) =>
        LoadLabProcess.PlayAsync(workspace, root, workspace.Write("handshake.yaml", scenario), "--lateness-gate", "30s");

    /// <summary>The shipped file with the stub's address and protocol in it, and no other change.</summary>
    private static string Handshake(StubService stub)
    {
        var shipped = File.ReadAllText(Repository.At("Scenarios", "cluster", "handshake.yaml"));
        var changed = Address().Replace(shipped, $"url: \"{stub.Url}\", protocol: {stub.Protocol.Name},");
        Assert.NotEqual(shipped, changed);
        return changed;
    }

    [GeneratedRegex("url: \"[^\"]*\", protocol: [a-z-]+,")]
    private static partial Regex Address();

    private static string WithKey(string scenario) => scenario.Replace("timeout: 20s", $"timeout: 20s, auth: env:{KeyVariable}");

    private static Dictionary<long, int> SeedsOf(string folder) => Planned(folder).ToDictionary(call => LowOf(call.CallSeed), call => call.Index);

    /// <summary>Most services take a seed of 32 bits and are sent the low ones.</summary>
    private static long LowOf(long seed) => seed & uint.MaxValue;

    private static IReadOnlyList<ScheduledCall> Planned(string folder) => ScheduleFile.Read(Path.Combine(folder, ScheduleFile.Name));

    /// <summary>
    /// Calls and the jobs that they became: by prompt, which no two calls share. A service that takes none has both in order, of sending and of their coming, and its n-th end and the
    /// n-th recorded end belong together whichever call they are of.
    /// </summary>
    private static IReadOnlyList<(ScheduledCall Planned, CallRecord Call, StubJob Job)> Pairs(StubService stub, string folder)
    {
        var planned = Planned(folder);
        var calls = RunFolder.Open(folder).ReadCalls();
        Assert.Equal(planned.Count, stub.Book.Jobs.Count);
        if (stub.Book.Jobs[0].Asked.Prompt is null)
        {
            return [.. planned.Zip(calls.OrderBy(call => call.Completed), stub.Book.Jobs.OrderBy(job => job.EndsNs))];
        }

        var byPrompt = stub.Book.Jobs.ToDictionary(job => Seed.Fnv1a(job.Asked.Prompt!).ToString("x16"));
        return [.. planned.Zip(calls, (plan, call) => (plan, call, byPrompt[plan.PromptHash]))];
    }

    private static void AskedAsPlanned(StubProtocol protocol, ScheduledCall planned, StubJob job)
    {
        var asked = job.Asked;
        if (protocol.Name == "plain")
        {
            return;
        }

        Assert.Empty(asked.Ignored);
        Assert.Equal((planned.Width, planned.Height), (asked.Width, asked.Height));
        if (protocol.Name != "openai-videos")
        {
            Assert.Equal((planned.Frames, planned.Steps, LowOf(planned.CallSeed)), (asked.Frames, asked.Steps, LowOf(asked.Seed!.Value)));
        }
    }

    /// <summary>
    /// What was recorded as the end, and the error recorded with it, must leave room for the true end. Zero of the run's clock is known by the submissions: each came between its
    /// sending and its answer; a blocking call only tells that it came after its sending, and that its answer came after its end.
    /// </summary>
    private static void BracketsTheTruth(StubProtocol protocol, IReadOnlyList<(ScheduledCall Planned, CallRecord Call, StubJob Job)> pairs)
    {
        var submitted = pairs.Select(pair => pair.Job.SubmittedNs).Order().ToList();
        var latestZero = pairs.Select(pair => pair.Call.Sent!.Value.Nanoseconds).Order().Zip(submitted, (sent, came) => came - sent).Min();
        var earliestZero = pairs.Select(pair => (protocol.Blocks ? pair.Call.Completed : pair.Call.Accepted)!.Value.Nanoseconds).Order().Zip(submitted, (answered, came) => came - answered).Max();
        var slack = Duration.FromMilliseconds(5);
        foreach (var (_, call, job) in pairs)
        {
            var (known, error) = (call.Completed!.Value, call.PollError);
            var (earliest, latest) = (new Instant(job.EndsNs - latestZero), new Instant(job.EndsNs - earliestZero));
            Assert.True(known + slack >= earliest, $"call {call.Call} ended {(earliest - known).Milliseconds:0.0} ms after its recorded end, error {error?.Milliseconds:0.0} ms");
            Assert.True(error is null || known - error.Value <= latest + slack, $"call {call.Call} by its record ended at least {(known - latest).Milliseconds - error?.Milliseconds:0.0} ms too late");
        }
    }

    private static void AssertKeepsSecret(string key, string folder, Ended ended)
    {
        Assert.DoesNotContain(key, ended.Stdout);
        Assert.DoesNotContain(key, ended.Stderr);
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            using var raw = File.OpenRead(file);
            using var text = new StreamReader(file.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(raw, CompressionMode.Decompress) : raw);
            var content = text.ReadToEnd();
            Assert.False(content.Contains(key, StringComparison.Ordinal) || content.Contains(Convert.ToBase64String(Encoding.UTF8.GetBytes(key)), StringComparison.Ordinal), $"{Path.GetFileName(file)} holds the key");
        }
    }

    private static async Task UntilAsync(Func<bool> holds, LoadLabProcess process)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(180));
        while (!holds())
        {
            Assert.False(late.IsCancellationRequested || process.HasExited, process.Errors);
            await Task.Delay(20);
        }
    }
}
