using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Jobs;
using LoadLab.Model.Server.Metrics;
using LoadLab.Model.Server.Replicas;
using LoadLab.Model.Server.Safety;
using LoadLab.Model.Server.Sampling;
using LoadLab.Serving;
using LoadLab.Serving.Metrics;
using LoadLab.Serving.Safety;
using LoadLab.Serving.Tests.Metrics;

namespace LoadLab.Model.Server.Tests.Metrics;

public sealed class MetricsPageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<IReplicaFacts> _replicas = [new Facts(3, 10, 40), new Facts(7, 0, 20)];
    private readonly ServerMetrics _metrics = new(new ServingOptions { Batching = new() { MaxBatch = 4 } });
    private readonly ClipStore _clips;
    private readonly JobStore _jobs;
    private readonly JobHost _host;

    public MetricsPageTests()
    {
        _clips = new ClipStore(_folder.File("clips"), 1000);
        _jobs = new JobStore(_clips);
        _host = new JobHost(_jobs, _metrics) { Waiting = new WaitingJobs(["vip"]) };
    }

    public void Dispose()
    {
        _clips.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Every_replica_has_its_own_series()
    {
        var page = Page();

        Assert.Equal((10, 0), (page["""loadlab_replica_busy_seconds_total{replica="3"}"""], page["""loadlab_replica_busy_seconds_total{replica="7"}"""]));
        Assert.Equal((0.25, 0), (page["""loadlab_replica_busy_ratio{replica="3"}"""], page["""loadlab_replica_busy_ratio{replica="7"}"""]));
        Assert.Equal((1, 3), (page["""loadlab_arena_live_bytes{replica="3"}"""], page["""loadlab_arena_capacity_bytes{replica="7"}"""]));
        Assert.Equal(2, page["loadlab_replicas_ready"]);
    }

    [Fact]
    public void What_the_core_did_is_on_the_page()
    {
        Do(new ServingEvent.Arrived(View(0, "vip")), new Decision.Admit(new(0), "fallback-queue", new ModelId("light")), new Decision.Check(new(0), SafetyPhase.Before, "before"));
        Do(new ServingEvent.Arrived(View(1, "vip")), new Decision.Admit(new(1), "queued"));
        Do(new ServingEvent.Arrived(View(2, "free")), new Decision.Refuse(new(2), "quota-daily"), new Decision.PolicyFault("batching", "threw", "x"));
        Assert.Equal((2, 2), (Page()["loadlab_queue_length"], Page()["""loadlab_queue_length_by_tier{tier="vip"}"""]));

        Do(new ServingEvent.SafetyChecked(new(0), SafetyPhase.Before, true, ""), new Decision.Start(new(3), new(0), Stage.Whole, 0, [new(0), new(1)], "first-come"));
        Do(new ServingEvent.BatchFailed(new(3), new(0), "error", ""), new Decision.Retry(new(0), 2, default, "error"), new Decision.Fail(new(1), "error", ""));
        var page = Page();

        Assert.Equal((1, 1, 1), (page["""loadlab_admitted_total{reason="fallback-queue"}"""], page["loadlab_served_by_lighter_total"], page["""loadlab_refused_total{reason="quota-daily"}"""]));
        Assert.Equal((1, 1, 1), (page["""loadlab_retries_total{reason="error"}"""], page["""loadlab_dead_letters_total{reason="error"}"""], page["""loadlab_policy_faults_total{policy="batching"}"""]));
        Assert.Equal((1, 2, 0.5), (page["""loadlab_batches_total{size="2"}"""], page["loadlab_batch_jobs_total"], page["loadlab_batch_fill_ratio"]));
        Assert.Equal((1, 3), (page["""loadlab_safety_checks_total{phase="before"}"""], page["""loadlab_safety_check_seconds_total{phase="before"}"""]));
        Assert.Equal((1, 1), (page["loadlab_gpu_seconds_total"], page["loadlab_wasted_gpu_seconds_total"]));
        Assert.Equal((1, 1, 2), (page["loadlab_queue_length"], page["""loadlab_jobs_total{outcome="failed",reason="error"}"""], page["loadlab_tenants"]));
    }

    [Fact]
    public void The_page_is_well_formed_and_bounded_whatever_happens()
    {
        void Seen(Instant now, ServingEvent e)
        {
            if (e is ServingEvent.Arrived arrived)
            {
                _jobs.Add(id => (arrived.Job with { Tenant = $"tenant {id.Value} \"\\\n" }, Task(id)));
                e = new ServingEvent.Arrived(arrived.Job with { Tenant = $"tenant {arrived.Job.Id.Value} \"\\\n" });
            }

            _host.Seen(now, e);
        }

        new RandomServing(new Seed(9), Seen, _host.Decided).Play(3_000);
        for (var i = 0; i < 500; i++)
        {
            _metrics.Ended(Outcome.Failed, $"cause-{i}");
            _replicas.Add(new Facts(100 + i, 1, 2));
        }

        var page = Page();

        Assert.Equal(CountersText.MaxTenants, page.Keys.Count(key => key.StartsWith("loadlab_tenant_gpu_seconds{", StringComparison.Ordinal)));
        Assert.InRange(page.Keys.Count(key => key.StartsWith("loadlab_jobs_total", StringComparison.Ordinal)), 64, 130);
        Assert.Equal(MetricsPage.MaxReplicas, page.Keys.Count(key => key.StartsWith("loadlab_arena_live_bytes", StringComparison.Ordinal)));
        Assert.InRange(page["loadlab_fairness_jain_index"], 0.0001, 1);
        Assert.True(page["""loadlab_model_loads_total{kind="ping"}"""] > 0 && page["""loadlab_cold_start_latest_seconds{segment="load"}"""] > 0);
    }

    [Fact]
    public void Samples_of_several_replicas_have_sources_of_their_own()
    {
        using var source = new ReplicaSource(() => _replicas);
        var samples = new List<Sample>();
        source.Read(Instant.FromSeconds(1), samples);
        ((Facts)_replicas[0]).BusySeconds = 10.5;
        _replicas.Add(new Facts(9, 0, 0));
        source.Read(Instant.FromSeconds(2), samples);

        Assert.Equal(0.5, samples.Single(sample => sample is { Source: "replica3", Metric: "busy" }).Value);
        Assert.Equal(0, samples.Single(sample => sample is { Source: "replica7", Metric: "busy" }).Value);
        Assert.Equal(["replica3", "replica7", "replica9"], samples.Where(sample => sample.Metric == "arena.capacity").Select(sample => sample.Source).Distinct().Order());
        Assert.Equal(12, source.Counters.Count);
    }

    [Fact]
    public void The_queue_is_sampled_by_tier()
    {
        using var source = new QueueSource(_host);
        Do(new ServingEvent.Arrived(View(0, "vip")), new Decision.Admit(new(0), "queued"));
        Do(new ServingEvent.Arrived(View(1, "other")), new Decision.Admit(new(1), "queued"));
        var samples = new List<Sample>();
        source.Read(Instant.FromSeconds(1), samples);

        Assert.Equal([("queue.length", 2), ("jobs.running", 0), ("queue.length.vip", 1)], samples.Select(sample => (sample.Metric, (int)sample.Value)));
    }

    private static VideoTask Task(JobId id) => new(new("nano"), new JobShape(32, 32, 1, 8), new VideoJob($"cat {id.Value}", 1), 24);

    private static JobView View(int id, string tier) =>
        new() { Id = new(id), Received = default, Model = new("nano"), Width = 32, Height = 32, Frames = 1, Steps = 8, Tier = tier, Tenant = tier };

    private int _second;

    /// <summary>An event and its decisions, a second after those before.</summary>
    private void Do(ServingEvent e, params Decision[] decisions)
    {
        var now = Instant.FromSeconds(_second++);
        if (e is ServingEvent.Arrived arrived)
        {
            _jobs.Add(id => (arrived.Job, Task(id)));
        }

        _host.Seen(now, e);
        foreach (var decision in decisions)
        {
            _host.Decided(now, decision);
        }
    }

    private Dictionary<string, double> Page() =>
        PrometheusReader.Read(new MetricsPage(_metrics, _host, () => _replicas, () => new CheckerFigures(1, 2, 3, 4, 5), new ServerFacts("0", "nano", 1, "random")).Write()).Samples;

    private sealed class Facts(int id, double busy, double age) : IReplicaFacts
    {
        public ReplicaId Id { get; } = new(id);

        public ReplicaKind Kind { get; } = new("k");

        public bool IsReady => true;

        public WorkerMemory Memory { get; } = new(1, 2, 3);

        public double BusySeconds { get; set; } = busy;

        public double AgeSeconds => age;
    }
}
