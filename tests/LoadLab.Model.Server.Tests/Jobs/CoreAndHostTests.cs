using LoadLab.Core;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Jobs;
using LoadLab.Model.Server.Metrics;
using LoadLab.Model.Server.Replicas;
using LoadLab.Model.Server.Safety;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Metrics;

namespace LoadLab.Model.Server.Tests.Jobs;

/// <summary>A real serving core under random replicas, clients and checks: what its decisions make of the host's jobs, and of both books.</summary>
public class CoreAndHostTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Whatever_the_core_decides_no_job_is_lost_or_counted_twice(bool pipeline)
    {
        var (finished, retried, refused) = (0L, 0L, 0L);
        for (var number = 0; number < 25; number++)
        {
            using var world = new World(new Seed(31).Derive(number), pipeline);
            var counters = world.Play(400);
            (finished, retried, refused) = (finished + counters.Finished, retried + counters.Retried.Total, refused + counters.After.Refused);
        }

        Assert.True(finished > 25 && retried > 25 && refused > 5, $"little happened: {finished} finished, {retried} retried, {refused} clips refused");
    }

    private sealed class World : IDisposable
    {
        private static readonly ModelId s_model = new("nano");
        private readonly Seed _seed;
        private readonly RandomStream _random;
        private readonly TemporaryFolder _folder = new();
        private readonly ClipStore _clips;
        private readonly JobStore _jobs;
        private readonly JobHost _host;
        private readonly ServingCore _core;
        private readonly ServingCounters _counters;
        private readonly ReplicaUsageAccount _account = new();
        private readonly List<JobEntry> _all = [];
        private readonly List<Content> _checks = [];
        private readonly List<(Instant At, Decision.SetTimer Timer)> _timers = [];
        private readonly SortedDictionary<int, Replica> _replicas = [];
        private readonly List<DeadLetter> _letters = [];
        private Instant _now;

        public World(Seed seed, bool pipeline)
        {
            (_seed, _random) = (seed, new RandomStream(seed));
            var serving = new ServingOptions
            {
                Model = s_model,
                QueueLimit = 8,
                Batching = new() { Kind = Serving.Batching.BatchingKind.Window, MaxBatch = 3 },
                Tiers = [new() { Name = "vip", MaxWait = Duration.FromSeconds(30) }, new() { Name = "free", Priority = 1, MaxWait = Duration.FromSeconds(60), Concurrent = 6 }],
                Recovery = new() { Retries = 2, BreakerFailures = 4, FallbackModel = new("pico"), FallbackQueue = 5 },
                Safety = new() { Before = new() { Limit = Duration.FromSeconds(8), TimeoutAllows = true }, After = new() { Limit = Duration.FromSeconds(15) } },
                Loading = new() { PingEvery = Duration.FromSeconds(20), UnloadAfter = Duration.FromSeconds(90) },
                Pipeline = pipeline ? new() { Text = 1, Denoise = 1, Decode = 1 } : new(),
            };
            _clips = new ClipStore(_folder.File("clips"), 1_000);
            _jobs = new JobStore(_clips);
            _counters = new ServingCounters(serving);
            _core = new ServingCore(serving, new AutoscalerOptions { Replicas = 3 }, seed);
            _host = new JobHost(_jobs, new ServerMetrics(serving)) { Check = (_, content) => _checks.Add(content), Waiting = new WaitingJobs(["vip", "free"]), DeadLetter = _letters.Add };
        }

        public void Dispose()
        {
            _clips.Dispose();
            _folder.Dispose();
        }

        public ServingCounters Play(int steps)
        {
            Handle(new ServingEvent.Started());
            for (var i = 0; i < steps; i++)
            {
                Pass(new Duration(_random.NextInt(3) * 1_500_000_001L));
                Any();
            }

            Handle(new ServingEvent.Shutdown());
            for (var i = 0; i < 200 && (_replicas.Count > 0 || _checks.Count > 0); i++)
            {
                Pass(Duration.FromSeconds(1));
                foreach (var replica in _replicas.Values.ToList())
                {
                    Advance(replica, fails: false);
                }

                Answer();
            }

            Holds(_all.All(job => job.Snapshot.Ended || job.Admitted.Task is { IsCompleted: true, Result.Accepted: false }), "a job never ended");
            Holds((_host.QueueLength, _host.Running, _host.Waiting.Of(0), _host.Waiting.Of(1)) == (0, 0, 0, 0), $"{_host.QueueLength} wait and {_host.Running} run after the end");
            Holds(_counters.Open == 0, $"{_counters.Open} jobs are open in the counters");
            Holds(_letters.Count == _counters.DeadLetters.Total, $"{_letters.Count} dead letters, {_counters.DeadLetters.Total} counted");
            var usages = _account.Close(_now);
            Holds(usages.All(usage => usage.Idle >= Duration.Zero && usage.Wasted <= usage.Busy), "a replica's time does not add up");
            Holds(usages.Sum(usage => usage.Busy.Nanoseconds) == _counters.Gpu.Nanoseconds, "busy time that belongs to no job");
            Holds(usages.Sum(usage => usage.Wasted.Nanoseconds) == _counters.WastedGpu.Nanoseconds, "the two books disagree about waste");
            return _counters;
        }

        private void Any()
        {
            switch (_random.NextInt(8))
            {
                case < 3:
                    Arrive();
                    break;
                case 3 when _all.Count > 0 && _random.NextInt(3) == 0:
                    Handle(new ServingEvent.Cancelled(_all[_random.NextInt(_all.Count)].Snapshot.Id));
                    break;
                case 4:
                    Answer();
                    break;
                case 5 when _random.NextInt(6) == 0 && _replicas.Count > 0:
                    Lose(_replicas.Values.ElementAt(_random.NextInt(_replicas.Count)), "killed");
                    break;
                default:
                    if (_replicas.Count > 0)
                    {
                        Advance(_replicas.Values.ElementAt(_random.NextInt(_replicas.Count)), fails: _random.NextInt(5) == 0);
                    }

                    break;
            }
        }

        private void Arrive()
        {
            var entry = _jobs.Add(id => (
                new JobView
                {
                    Id = id,
                    Received = _now,
                    Model = s_model,
                    Width = 160,
                    Height = 96,
                    Frames = _random.NextInt(2) == 0 ? 9 : 17,
                    Steps = 8,
                    Tier = _random.NextInt(3) == 0 ? "vip" : "free",
                    Tenant = $"t{_random.NextInt(3)}",
                    PromptHash = "00ff",
                },
                new VideoTask(s_model, new JobShape(160, 96, 9, 8), new VideoJob("a", 1), 24)));
            _all.Add(entry);
            Handle(new ServingEvent.Arrived(entry.View));
        }

        private void Answer()
        {
            // Some too late: the core has decided without them.
            var asked = _checks.ToList();
            _checks.Clear();
            foreach (var content in asked)
            {
                Handle(new ServingEvent.SafetyChecked(content.Job, content.Phase, _random.NextInt(5) > 0, ""));
            }
        }

        /// <summary>The next thing that a replica does by itself.</summary>
        private void Advance(Replica replica, bool fails)
        {
            if (!replica.Exists)
            {
                replica.Exists = true;
                Handle(new ServingEvent.ReplicaProvisioned(replica.Id));
            }
            else if (!replica.Ready)
            {
                replica.Ready = true;
                Handle(new ServingEvent.ReplicaReady(replica.Id));
            }
            else if (replica.Command is Decision.Load load)
            {
                replica.Command = null;
                Handle(fails ? new ServingEvent.LoadFailed(replica.Id, load.Model, "by chance") : new ServingEvent.ModelLoaded(replica.Id, load.Model));
            }
            else if (replica.Command is Decision.Unload unload)
            {
                replica.Command = null;
                Handle(new ServingEvent.ModelUnloaded(replica.Id, unload.Model));
            }
            else if (replica.Command is Decision.Start start)
            {
                replica.Command = null;
                End(replica, start, fails);
            }
            else if (replica.Released)
            {
                Lose(replica, "released");
            }
        }

        private void End(Replica replica, Decision.Start start, bool fails)
        {
            if (fails)
            {
                Handle(new ServingEvent.BatchFailed(replica.Id, start.Batch, _random.NextInt(3) == 0 ? "out-of-memory" : "error", "by chance"));
                return;
            }

            Stage[] stages = start.Stage == Stage.Whole ? [Stage.Text, Stage.Denoise, Stage.Decode] : [start.Stage];
            foreach (var stage in stages)
            {
                Handle(new ServingEvent.StageDone(replica.Id, start.Batch, stage));
            }

            if (start.Stage is Stage.Whole or Stage.Decode)
            {
                Handle(new ServingEvent.BatchDone(replica.Id, start.Batch));
            }
        }

        private void Lose(Replica replica, string cause)
        {
            _replicas.Remove(replica.Id.Value);
            Handle(new ServingEvent.ReplicaLost(replica.Id, cause));
        }

        /// <summary>Lets time pass; timers fire at their instants, in order.</summary>
        private void Pass(Duration time)
        {
            var until = _now + time;
            while (_timers.Count > 0 && _timers.MinBy(timer => timer.At) is var (at, timer) && at <= until)
            {
                _timers.Remove((at, timer));
                _now = Instant.Max(_now, at);
                Handle(new ServingEvent.TimerFired(timer.Purpose, timer.Number));
            }

            _now = until;
        }

        private void Handle(ServingEvent e)
        {
            _host.Seen(_now, e);
            _counters.Add(_now, e);
            _account.Add(_now, e);
            foreach (var decision in _core.Handle(_now, e))
            {
                Apply(decision);
                _host.Decided(_now, decision);
                _counters.Add(_now, decision);
                _account.Add(_now, decision);
            }

            var waiting = _all.Count(job => job.Snapshot is { Status: JobStatus.Queued, Clocks.Queued: not null } && !job.Ended.Task.IsCompleted);
            Holds(waiting == _host.QueueLength, $"{waiting} jobs are queued, {_host.QueueLength} are counted");
            Holds(_core.QueueLength <= _host.QueueLength, $"{_core.QueueLength} wait in the core, {_host.QueueLength} at the host");
            var running = _all.Count(job => job.Snapshot is { Status: JobStatus.InProgress, Checked: null });
            Holds(running <= _host.Running, $"{running} jobs run, {_host.Running} are counted");
        }

        private void Apply(Decision decision)
        {
            switch (decision)
            {
                case Decision.Provision provision:
                    _replicas[provision.Replica.Value] = new Replica(provision.Replica);
                    break;
                case Decision.Release release:
                    _replicas[release.Replica.Value].Released = true;
                    break;
                case Decision.Load load:
                    _replicas[load.Replica.Value].Do(load);
                    break;
                case Decision.Unload unload:
                    _replicas[unload.Replica.Value].Do(unload);
                    break;
                case Decision.Start start:
                    _replicas[start.Replica.Value].Do(start);
                    break;
                case Decision.SetTimer timer:
                    _timers.Add((timer.At, timer));
                    break;
                case Decision.CancelTimer cancelled:
                    _timers.RemoveAll(timer => timer.Timer.Purpose == cancelled.Purpose && timer.Timer.Number == cancelled.Number);
                    break;
            }
        }

        private void Holds(bool law, string message) => Assert.True(law, $"seed {_seed.Value}, at {_now.Seconds} s: {message}");
    }

    private sealed class Replica(ReplicaId id)
    {
        public ReplicaId Id => id;

        public bool Exists { get; set; }

        public bool Ready { get; set; }

        public bool Released { get; set; }

        public Decision? Command { get; set; }

        public void Do(Decision command)
        {
            Assert.Null(Command);
            Command = command;
        }
    }
}
