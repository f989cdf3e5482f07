using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Placement;

namespace LoadLab.Model.Server.Tests;

/// <summary>Policies and models that throw while jobs come: none is lost, none runs beyond its budget, and the server goes on.</summary>
public sealed class PolicyFaultTests
{
    private const int Jobs = 90;
    private const int Every = 3;
    private const int Retries = 2;

    [Fact]
    public async Task Policies_that_throw_every_third_time_lose_no_job_and_the_server_goes_on()
    {
        using var folder = new TemporaryFolder();
        var options = OptionsOf(folder) with
        {
            CreateCore = (serving, scaling, seed) =>
            {
                var policies = ServingPolicies.Of(serving, scaling);
                return new ServingCore(serving, scaling, seed, new ServingPolicies(new MoodyBatching(policies.Batching), new MoodyPlacement(policies.Placement), new MoodyAutoscaler()));
            },
        };
        await using (var server = await RunningServer.StartAsync(options, () => new ScriptedWorker { StepTime = TimeSpan.FromMilliseconds(2) }))
        {
            Assert.All(await PlayAsync(server), status => Assert.Equal("completed", status));
            await IsWellAsync(server);
        }

        var decisions = Decisions(folder);
        var faults = decisions.OfType<Decision.PolicyFault>().CountBy(fault => fault.Policy).ToDictionary();
        Assert.Equal(["autoscaler", "batching", "placement"], faults.Keys.Order(StringComparer.Ordinal));
        Assert.All(faults, fault => Assert.InRange(fault.Value, 2, int.MaxValue));
        Assert.Contains(decisions, decision => decision is Decision.Start { Jobs.Count: > 1 });
        Assert.All(StartsByJob(decisions), starts => Assert.Equal(1, starts));
        Tell(decisions);
    }

    [Fact]
    public async Task A_model_that_throws_in_a_step_now_and_then_loses_no_job_and_the_server_goes_on()
    {
        using var folder = new TemporaryFolder();
        var batches = 0;
        await using (var server = await RunningServer.StartAsync(OptionsOf(folder), () => new MoodyWorker(() => Interlocked.Increment(ref batches))))
        {
            var statuses = await PlayAsync(server);
            Assert.Equal(Jobs, statuses.Count(status => status is "completed" or "failed"));
            Assert.InRange(statuses.Count(status => status == "completed"), Jobs / 2, Jobs);
            await IsWellAsync(server);
        }

        var decisions = Decisions(folder);
        Assert.All(StartsByJob(decisions), starts => Assert.InRange(starts, 1, 1 + Retries));
        Assert.Contains(decisions, decision => decision is Decision.Retry { Reason: "error" });
        Assert.Empty(decisions.OfType<Decision.PolicyFault>());
        Assert.True(JournalReplay.Verify(folder.File(RunFolder.DecisionsName)).Identical);
        Tell(decisions);
    }

    private static ModelServerOptions OptionsOf(TemporaryFolder folder) => RunningServer.Options with
    {
        RunFolder = folder.Path,
        Replicas = 3,
        Threads = 3,
        Serving = new ServingOptions
        {
            Batching = new BatchingOptions { Kind = BatchingKind.Window, Window = Duration.FromMilliseconds(40), MaxBatch = 4 },
            Recovery = new() { Retries = Retries, Backoff = Duration.FromMilliseconds(5) },
        },
    };

    /// <summary>All jobs, ten at a time; their last statuses.</summary>
    private static async Task<IReadOnlyList<string>> PlayAsync(RunningServer server)
    {
        var statuses = new List<string>();
        for (var i = 0; i < Jobs; i += 10)
        {
            statuses.AddRange(await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ => (await server.EndOf(await server.SubmitAsync())).GetProperty("status").GetString()!)));
        }

        return statuses;
    }

    private static async Task IsWellAsync(RunningServer server)
    {
        Assert.Equal("completed", (await server.EndOf(await server.SubmitAsync())).GetProperty("status").GetString());
        using var alive = await server.Client.GetAsync("/healthz");
        Assert.Equal(200, (int)alive.StatusCode);
        Assert.False(server.Run.IsCompleted);
    }

    /// <summary>The journal's, of which every job that arrived has exactly one end.</summary>
    private static List<Decision> Decisions(TemporaryFolder folder)
    {
        using var reader = JournalReader.Open(folder.File(RunFolder.DecisionsName));
        var entries = reader.Entries().ToList();
        var decisions = entries.Select(entry => entry.Decision).OfType<Decision>().ToList();
        var arrived = entries.Select(entry => entry.Event).OfType<ServingEvent.Arrived>().Select(job => job.Job.Id.Value);
        var ended = decisions.Select(decision => decision switch { Decision.Finish finish => finish.Job.Value, Decision.Fail fail => fail.Job.Value, _ => -1 }).Where(job => job >= 0);
        Assert.Equal(arrived.Order(), ended.Order());
        return decisions;
    }

    private static IEnumerable<int> StartsByJob(IEnumerable<Decision> decisions) => decisions.OfType<Decision.Start>().SelectMany(start => start.Jobs).CountBy(job => job).Select(job => job.Value);

    private static void Tell(IReadOnlyList<Decision> decisions) => TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", decisions
        .Where(decision => decision is Decision.Start or Decision.Finish or Decision.Fail or Decision.Retry or Decision.PolicyFault)
        .CountBy(decision => decision is Decision.PolicyFault fault ? $"PolicyFault {fault.Policy}" : decision.GetType().Name)
        .Select(group => $"{group.Value} {group.Key}")));

    private static void Ask(ref int asked, string policy)
    {
        if (++asked % Every == 0)
        {
            throw new InvalidOperationException($"{policy} is not in the mood");
        }
    }

    private sealed class MoodyBatching(IBatchPolicy inner) : IBatchPolicy
    {
        private int _asked;

        public bool LinesByModel => inner.LinesByModel;

        public BatchDecision Decide(Instant now, ReadOnlySpan<LineJob> line, int limit)
        {
            Ask(ref _asked, "batching");
            return inner.Decide(now, line, limit);
        }
    }

    private sealed class MoodyPlacement(IPlacementPolicy inner) : IPlacementPolicy
    {
        private int _asked;

        public PlacementDecision Choose(Instant now, ReadOnlySpan<PlacementCandidate> free, PlacementNeed need)
        {
            Ask(ref _asked, "placement");
            return inner.Choose(now, free, need);
        }
    }

    private sealed class MoodyAutoscaler : IAutoscaler
    {
        private int _asked;

        public int Initial => 3;

        public Duration? Interval => Duration.FromMilliseconds(20);

        public ScaleDecision Decide(Instant now, FleetSnapshot fleet)
        {
            Ask(ref _asked, "autoscaler");
            return new ScaleDecision(Initial, "steady");
        }
    }

    /// <summary>A scripted worker of whose batches every third throws in its second step.</summary>
    private sealed class MoodyWorker(Func<int> count) : IVideoWorker
    {
        private readonly ScriptedWorker _inner = new();

        public WorkerMemory Memory => _inner.Memory;

        public string Affinity => _inner.Affinity;

        public bool Load(ModelId model) => _inner.Load(model);

        public void Unload(ModelId model) => _inner.Unload(model);

        public IVideoBatch Open(IReadOnlyList<VideoTask> tasks) => new Batch(_inner.Open(tasks), count() % Every == 0);

        public IVideoBatch Import(IReadOnlyList<VideoTask> tasks, BatchState state) => _inner.Import(tasks, state);

        public void Dispose() => _inner.Dispose();

        private sealed class Batch(IVideoBatch inner, bool throws) : IVideoBatch
        {
            public int StepsDone => inner.StepsDone;

            public bool IsDenoised => inner.IsDenoised;

            public void Text() => inner.Text();

            public void Step()
            {
                if (throws && inner.StepsDone == 1)
                {
                    throw new ArithmeticException("not a number");
                }

                inner.Step();
            }

            public void Cancel(int task) => inner.Cancel(task);

            public VideoClip Decode(int task) => inner.Decode(task);

            public BatchState Export() => inner.Export();

            public void Dispose() => inner.Dispose();
        }
    }
}
