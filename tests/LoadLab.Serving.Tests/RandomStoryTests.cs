using LoadLab.Core;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Journal;

namespace LoadLab.Serving.Tests;

/// <summary>Laws that hold whatever happens in whatever order: replicas that fail, come late or twice, clients that leave.</summary>
public class RandomStoryTests
{
    [Fact]
    public void Every_job_ends_once_and_every_replica_does_one_thing_at_a_time()
    {
        for (var number = 0; number < 300; number++)
        {
            using var host = new RandomHost(new Seed(2026).Derive(number));
            host.Play(400);
        }
    }

    private sealed class RandomHost : IDisposable
    {
        private readonly Seed _seed;
        private readonly RandomStream _random;
        private readonly ServingCore _core;
        private readonly MemoryStream _journal = new();
        private readonly JournalWriter _writer;
        private readonly int _limit;
        private readonly HashSet<long> _open = [];
        private readonly Dictionary<int, string?> _models = [];
        private readonly Dictionary<int, long> _running = [];
        private readonly List<(string Purpose, long Number)> _timers = [];
        private Instant _now;
        private int _jobs;
        private int _most;

        public RandomHost(Seed seed)
        {
            _seed = seed;
            _random = new RandomStream(seed);
            _limit = _random.NextInt(6);
            var header = new JournalHeader
            {
                Serving = new() { Model = new("a"), QueueLimit = _limit, Preload = _random.NextInt(2) == 0 },
                Autoscaler = new() { Kind = (AutoscalerKind)_random.NextInt(2), Replicas = 1 + _random.NextInt(3), Max = 4, Pending = 1 },
                Seed = seed.Value,
                EpochNs = 0,
            };
            _core = header.CreateCore();
            _writer = new JournalWriter(_journal, header);
        }

        public void Dispose() => _writer.Dispose();

        public void Play(int events)
        {
            Handle(new ServingEvent.Started());
            for (var i = 0; i < events; i++)
            {
                _now += new Duration(_random.NextInt(4) * 2_000_000_000L);
                Handle(Any());
            }

            Handle(new ServingEvent.Shutdown());
            foreach (var (replica, batch) in _running.ToList())
            {
                Handle(new ServingEvent.BatchDone(new(replica), new(batch)));
            }

            Holds(_open.Count == 0, $"{_open.Count} jobs never ended");
            using var reader = JournalReader.Open(new MemoryStream(_journal.ToArray()), "decisions.jsonl");
            var replay = JournalReplay.Verify(reader);
            Holds(replay is { Identical: true, Missing: 0 }, $"the replay differs at line {replay.FirstDifferenceLine}");
        }

        private ServingEvent Any()
        {
            var replica = new ReplicaId(_models.Count == 0 ? 0 : _models.Keys.Order().ElementAt(_random.NextInt(_models.Count)));
            var batch = new BatchId(_running.GetValueOrDefault(replica.Value, _random.NextInt(50)));
            var model = new ModelId(_models.GetValueOrDefault(replica.Value) ?? "a");
            return _random.NextInt(16) switch
            {
                < 5 => new ServingEvent.Arrived(Story.View(_jobs++, _now.Seconds, _random.NextInt(5) == 0 ? "b" : "a")),
                5 or 6 => new ServingEvent.BatchDone(replica, batch),
                7 => new ServingEvent.BatchFailed(replica, batch, "error", "by chance"),
                8 => new ServingEvent.ReplicaProvisioned(replica),
                9 => new ServingEvent.ReplicaReady(replica),
                10 or 11 => new ServingEvent.ModelLoaded(replica, model),
                12 => _random.NextInt(3) == 0 ? new ServingEvent.LoadFailed(replica, model, "by chance") : new ServingEvent.ModelUnloaded(replica, model),
                13 => new ServingEvent.Cancelled(new JobId(_random.NextInt(Math.Max(1, _jobs)))),
                14 => _random.NextInt(4) == 0 ? new ServingEvent.ReplicaLost(replica, "by chance") : new ServingEvent.StageDone(replica, batch, Stage.Text),
                _ => _timers.Count > 0 ? Timer() : new ServingEvent.UtilisationObserved(_random.NextDouble()),
            };
        }

        private ServingEvent.TimerFired Timer()
        {
            var (purpose, number) = _timers[_random.NextInt(_timers.Count)];
            return new ServingEvent.TimerFired(purpose, number);
        }

        private void Handle(ServingEvent e)
        {
            _writer.Write(_now, e);
            Before(e);
            foreach (var decision in _core.Handle(_now, e))
            {
                _writer.Write(_now, decision);
                Check(decision);
            }

            // A job may be taken for a free replica that is then lost.
            _most = Math.Max(_most, _models.Count);
            Holds(_core.QueueLength <= _limit + _most, "the queue grew past its limit");
        }

        private void Before(ServingEvent e)
        {
            switch (e)
            {
                case ServingEvent.BatchDone done when _running.GetValueOrDefault(done.Replica.Value, -1) == done.Batch.Value:
                    _running.Remove(done.Replica.Value);
                    break;
                case ServingEvent.BatchFailed failed when _running.GetValueOrDefault(failed.Replica.Value, -1) == failed.Batch.Value:
                    _running.Remove(failed.Replica.Value);
                    break;
                case ServingEvent.ReplicaLost lost:
                    _running.Remove(lost.Replica.Value);
                    _models.Remove(lost.Replica.Value);
                    break;
            }
        }

        private void Check(Decision decision)
        {
            switch (decision)
            {
                case Decision.Admit admit:
                    Holds(_open.Add(admit.Job.Value), "a job was admitted twice");
                    break;
                case Decision.Finish or Decision.Fail or Decision.Drop:
                    Holds(_open.Remove(Ended(decision)), "a job ended that was not open");
                    break;
                case Decision.Provision provision:
                    Holds(_models.TryAdd(provision.Replica.Value, null), "a replica's number was used again");
                    break;
                case Decision.Unload unload:
                    Holds(!_running.ContainsKey(unload.Replica.Value), "a busy replica was told to unload");
                    _models[unload.Replica.Value] = null;
                    break;
                case Decision.Load load:
                    Holds(!_running.ContainsKey(load.Replica.Value), "a busy replica was told to load");
                    _models[load.Replica.Value] = load.Model.Name;
                    break;
                case Decision.Start start:
                    Holds(_models.GetValueOrDefault(start.Replica.Value) is not null, "work was given to a replica without a model");
                    Holds(_running.TryAdd(start.Replica.Value, start.Batch.Value), "work was given to a busy replica");
                    Holds(start.Jobs.All(job => _open.Contains(job.Value)), "a job that had ended was started");
                    break;
                case Decision.SetTimer timer:
                    _timers.Add((timer.Purpose, timer.Number));
                    break;
            }
        }

        private static long Ended(Decision decision) => decision switch
        {
            Decision.Finish d => d.Job.Value,
            Decision.Fail d => d.Job.Value,
            Decision.Drop d => d.Job.Value,
            _ => -1,
        };

        private void Holds(bool law, string message) => Assert.True(law, $"seed {_seed.Value}: {message}");
    }
}
