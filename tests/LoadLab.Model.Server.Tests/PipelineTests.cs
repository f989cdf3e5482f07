using LoadLab.Core;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Jobs;
using LoadLab.Model.Server.Metrics;
using LoadLab.Model.Server.Replicas;
using LoadLab.Model.Server.Timeline;
using LoadLab.Model.Weights;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Pipelining;
using LoadLab.Serving.Recovery;
using LoadLab.Tensors;

namespace LoadLab.Model.Server.Tests;

/// <summary>The serving core with a pipeline over three real replicas: one encodes, one denoises, one decodes.</summary>
public sealed class PipelineTests(SeededWeightsFolder weights) : IClassFixture<SeededWeightsFolder>
{
    private static readonly WanModelSpec s_model = ModelCatalog.Ti2V5BPico;
    private static readonly JobShape s_shape = s_model.Native with { Steps = 3 };

    [Fact]
    public async Task Jobs_that_pass_three_replicas_get_the_clips_of_one()
    {
        using var fleet = new Fleet(weights.Path);
        var jobs = Enumerable.Range(0, 4).Select(fleet.Submit).ToList();
        await Task.WhenAll(jobs.Select(job => job.Ended.Task));

        Assert.All(jobs, job => Assert.Equal(JobStatus.Completed, job.Snapshot.Status));
        Assert.All(jobs.Select((job, i) => (job, i)), pair => Assert.Equal(Alone(pair.i), fleet.Clip(pair.job)));
        fleet.AssertNothingKept();

        // Each replica has its own stage's network and no other.
        var whole = Live(ModelParts.All);
        Assert.Equal(new[] { ModelParts.Text, ModelParts.Denoise, ModelParts.Decode }.Select(Live), fleet.LiveBytes);
        Assert.Equal(whole, fleet.LiveBytes.Sum());
    }

    [Theory]
    [InlineData(Stage.Text)]
    [InlineData(Stage.Denoise)]
    public async Task Jobs_given_up_when_a_stage_ends_leave_nothing_between_the_replicas(Stage stage)
    {
        using var fleet = new Fleet(weights.Path);
        fleet.OnEvent = e =>
        {
            if (e is ServingEvent.StageDone done && done.Stage == stage)
            {
                fleet.Timeline.Post(new ServingEvent.Cancelled(new JobId(done.Batch.Value)));
            }
        };
        var jobs = Enumerable.Range(0, 3).Select(fleet.Submit).ToList();
        await Task.WhenAll(jobs.Select(job => job.Ended.Task));
        fleet.OnEvent = _ => { };
        var last = fleet.Submit(3);
        await last.Ended.Task;

        Assert.All(jobs, job => Assert.Equal(JobStatus.Cancelled, job.Snapshot.Status));
        Assert.Equal(JobStatus.Completed, last.Snapshot.Status);
        fleet.AssertNothingKept();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_replica_lost_between_stages_is_replaced_and_leaves_nothing_behind(int lost)
    {
        using var fleet = new Fleet(weights.Path);
        var told = false;
        fleet.OnEvent = e =>
        {
            if (e is ServingEvent.StageDone { Stage: Stage.Text } && !told)
            {
                told = true;
                fleet.Lose(new ReplicaId(lost));
            }
        };
        var jobs = Enumerable.Range(0, 3).Select(fleet.Submit).ToList();
        await Task.WhenAll(jobs.Select(job => job.Ended.Task));

        Assert.All(jobs.Select((job, i) => (job, i)), pair => Assert.Equal(Alone(pair.i), fleet.Clip(pair.job)));
        fleet.AssertNothingKept();
    }

    private static VideoJob Job(int index) => new($"clip number {index}", (ulong)index);

    private byte[] Alone(int index)
    {
        using var backend = new CpuBackend(256 << 20, threads: 1);
        using var pipeline = WanPipeline.Load(s_model, weights.Path, backend);
        return pipeline.Generate(s_shape, [Job(index)])[0].Rgb;
    }

    private long Live(ModelParts parts)
    {
        using var backend = new CpuBackend(256 << 20, threads: 1);
        using var pipeline = WanPipeline.Load(s_model, weights.Path, backend, parts: parts);
        return backend.Memory.LiveBytes;
    }

    /// <summary>A server without its HTTP: core, jobs, and as many replicas as the core asks for.</summary>
    private sealed class Fleet : IReplicaPool, IBatchHost, IDisposable
    {
        private readonly string _weights;
        private readonly TemporaryFolder _folder = new();
        private readonly ClipStore _clips;
        private readonly JobStore _jobs;
        private readonly SortedDictionary<int, (ModelReplica Replica, WanVideoWorker Worker, Link Link)> _replicas = [];
        private readonly Dictionary<JobId, byte[]> _stored = [];
        private bool _closing;

        public Fleet(string weightsFolder)
        {
            _weights = weightsFolder;
            _clips = new ClipStore(Path.Combine(_folder.Path, "clips"), 1 << 20);
            _jobs = new JobStore(_clips);
            HandOvers = new HandOvers(_jobs);
            var options = new ServingOptions
            {
                Model = new ModelId(s_model.Name),
                Pipeline = new PipelineOptions { Text = 1, Denoise = 1, Decode = 1 },
                Recovery = new RecoveryOptions { Retries = 3, Backoff = Duration.FromMilliseconds(10) },
            };
            var autoscaler = new AutoscalerOptions { Kind = AutoscalerKind.Fixed, Replicas = 1 };
            var loop = new ServingLoop(new ServingCore(options, autoscaler, new Seed(1)), Timeline, this, new JobHost(_jobs, new ServerMetrics(), HandOvers), null);
            Timeline.Post(new ServingEvent.Started());
            Timeline.Start((now, e) =>
            {
                loop.Handle(now, e);
                OnEvent(e);
            });
        }

        public LiveTimeline Timeline { get; } = new(MonotonicClock.StartNow());

        private HandOvers HandOvers { get; }

        /// <summary>On the core's thread, after it has handled one.</summary>
        public Action<ServingEvent> OnEvent { get; set; } = _ => { };

        public IEnumerable<long> LiveBytes => _replicas.Values.Select(pair => pair.Worker.Memory.LiveBytes);

        /// <summary>Waits for the core to have told of the end that the test has seen.</summary>
        public void AssertNothingKept()
        {
            SpinWait.SpinUntil(() => HandOvers.Count == 0, TimeSpan.FromSeconds(120));
            Assert.Equal((0, 0L), (HandOvers.Count, HandOvers.Bytes));
        }

        public byte[] Clip(JobEntry job)
        {
            lock (_stored)
            {
                return _stored[job.Snapshot.Id];
            }
        }

        public JobEntry Submit(int index)
        {
            var entry = _jobs.Add(id => (
                new JobView { Id = id, Model = new ModelId(s_model.Name), Received = Timeline.Now, Width = s_shape.Width, Height = s_shape.Height, Frames = s_shape.Frames, Steps = s_shape.Steps },
                new VideoTask(new ModelId(s_model.Name), s_shape, Job(index), s_model.FramesPerSecond)));
            Timeline.Post(new ServingEvent.Arrived(entry.View));
            return entry;
        }

        public void Provision(ReplicaId r, ReplicaKind k)
        {
            var worker = new WanVideoWorker(new CpuBackend(256 << 20, threads: 1), "test", new WeightsSource.Seeded(_weights), parts: ModelParts.None);
            lock (_replicas)
            {
                if (!_closing)
                {
                    Timeline.Post(new ServingEvent.ReplicaProvisioned(r));
                    var link = new Link(Timeline);
                    _replicas.Add(r.Value, (new ModelReplica(r, () => worker, this, link), worker, link));
                }
            }
        }

        public void Release(ReplicaId r, bool drain) => _replicas[r.Value].Replica.Stop();

        public IReplica Get(ReplicaId r) => _replicas[r.Value].Replica;

        /// <summary>As a crash looks from here: nothing comes from it any more. What its thread still hands over comes too late.</summary>
        public void Lose(ReplicaId r)
        {
            _replicas[r.Value].Link.IsCut = true;
            Timeline.Post(new ServingEvent.ReplicaLost(r, "crashed"));
        }

        VideoTask? IBatchHost.Task(JobId job) => _jobs.Find(job)?.Task;

        public void Progress(JobId job, int steps)
        {
        }

        public void Store(JobId job, VideoClip clip)
        {
            lock (_stored)
            {
                _stored[job] = clip.Rgb;
            }
        }

        public void Keep(BatchId batch, HandOver made) => HandOvers.Keep(batch, made);

        public HandOver? Take(BatchId batch, IReadOnlyList<JobId> jobs) => HandOvers.Take(batch, jobs);

        public void Loaded(ReplicaId replica, ModelId model, double seconds)
        {
        }

        public void Pinged(ReplicaId replica, ModelId model, double seconds)
        {
        }

        public void Dispose()
        {
            // The core answers the end of a replica with the order of another.
            lock (_replicas)
            {
                _closing = true;
            }

            foreach (var (replica, _, _) in _replicas.Values)
            {
                replica.Dispose();
            }

            Timeline.Dispose();
            _clips.Dispose();
            _folder.Dispose();
        }
    }

    private sealed class Link(IEventSink core) : IEventSink
    {
        private volatile bool _isCut;

        public bool IsCut
        {
            get => _isCut;
            set => _isCut = value;
        }

        public void Post(ServingEvent e)
        {
            if (!IsCut)
            {
                core.Post(e);
            }
        }
    }
}
