using LoadLab.Core;
using LoadLab.Serving.Safety;

namespace LoadLab.Serving.Tests.Metrics;

/// <summary>
/// A server's events and decisions at random, in orders that a core and its replicas can bring about: checks, lighter models, retries, stages on different
/// replicas, pings, clients that leave, replicas that are lost. It keeps books of its own, as simply as it can, for a test to compare with.
/// </summary>
internal sealed class RandomServing(Seed seed, Action<Instant, ServingEvent> seen, Action<Instant, Decision> decided)
{
    private static readonly ModelId s_model = new("a");
    private readonly RandomStream _random = new(seed);
    private readonly SortedDictionary<long, Job> _jobs = [];
    private readonly SortedDictionary<int, Replica> _replicas = [];
    private readonly SortedDictionary<long, Batch> _batches = [];
    private int _replicaCount;
    private int _jobCount;
    private long _batchCount;

    private enum Place
    {
        CheckBefore,
        Waiting,
        InBatch,
        CheckAfter,
    }

    private enum Phase
    {
        Ordered,
        Starting,
        Loading,
        Unloading,
        Idle,
        Busy,
    }

    /// <summary>After each event and its decisions.</summary>
    public Action? Handled { get; init; }

    public Instant Now { get; private set; }

    public int Open => _jobs.Count;

    public int Waiting => _jobs.Values.Count(job => job.Place is Place.CheckBefore or Place.Waiting);

    public IEnumerable<string> WaitingTiers => _jobs.Values.Where(job => job.Place is Place.CheckBefore or Place.Waiting).Select(job => job.Tier);

    /// <summary>Jobs in batches, those included whose client has left while the batch runs.</summary>
    public int Running => _batches.Values.Sum(batch => batch.Jobs.Count);

    public int Admitted { get; private set; }

    public int Retried { get; private set; }

    public int Failed { get; private set; }

    public int DeadLetters { get; private set; }

    public int Rejected { get; private set; }

    public int Pings { get; private set; }

    public int Loads { get; private set; }

    public int Batches => (int)_batchCount;

    public void Play(int events)
    {
        See(new ServingEvent.Started());
        Handled?.Invoke();
        for (var i = 0; i < events; i++)
        {
            Now += new Duration(_random.NextInt(4) * 1_000_000_007L);
            Any();
            Handled?.Invoke();
        }
    }

    private void Any()
    {
        switch (_random.NextInt(24))
        {
            case 0 when _replicas.Count < 5:
                Tick();
                _replicas[_replicaCount] = new Replica(new(_replicaCount));
                Decide(new Decision.Provision(new(_replicaCount++), new("k"), "min"));
                break;
            case 1 or 2 when Pick(_replicas.Values, replica => replica.Phase < Phase.Idle) is { } replica:
                Progress(replica);
                break;
            case 3 when Pick(_replicas.Values, replica => replica.Phase == Phase.Idle) is { } replica:
                Reload(replica);
                break;
            case 4 when _random.NextInt(6) == 0 && Pick(_replicas.Values, _ => true) is { } replica:
                Lose(replica);
                break;
            case 5 when _random.NextInt(8) == 0 && Pick(_replicas.Values, _ => true) is { } replica:
                Tick();
                Decide(new Decision.Release(replica.Id, true, "scale-in"));
                break;
            case 6 when _random.NextInt(2) == 0 && Pick(_jobs.Values, _ => true) is { } job:
                Cancel(job);
                break;
            case 7 or 18 when Pick(_jobs.Values, job => job.Place is Place.CheckBefore or Place.CheckAfter) is { } job:
                Check(job);
                break;
            case 8 when Pick(_jobs.Values, job => job.Place == Place.Waiting) is { } job && _random.NextInt(3) == 0:
                Tick();
                Reject(job, "expired");
                break;
            case 9:
                Tick();
                Decide(new Decision.PolicyFault("batching", "threw", "by chance"));
                break;
            case 10 or 11 or 16 or 17 when Pick(_batches.Values, batch => batch.Replica is not null) is { } batch:
                End(batch);
                break;
            case 12 or 13 or 14 or 15 when Pick(_replicas.Values, replica => replica is { Phase: Phase.Idle, Model: not null }) is { } replica:
                Work(replica);
                break;
            default:
                Arrive();
                break;
        }
    }

    private void Arrive()
    {
        var id = new JobId(_jobCount++);
        var view = new JobView
        {
            Id = id,
            Received = Now,
            Model = s_model,
            Width = 160,
            Height = 96,
            Frames = 9,
            Steps = 8,
            Tenant = $"t{_random.NextInt(3)}",
            Tier = _random.NextInt(2) == 0 ? "vip" : "free",
            PromptHash = "00ff",
        };
        See(new ServingEvent.Arrived(view));
        if (_random.NextInt(6) == 0)
        {
            Decide(new Decision.Refuse(id, "429", Duration.FromSeconds(3)));
            return;
        }

        Admitted++;
        var check = _random.NextInt(3) == 0;
        _jobs[id.Value] = new Job(id, view.Tier, check ? Place.CheckBefore : Place.Waiting);
        Decide(new Decision.Admit(id, "queued", _random.NextInt(5) == 0 ? new ModelId("light") : null));
        if (check)
        {
            Decide(new Decision.Check(id, SafetyPhase.Before, "before"));
        }
    }

    private void Progress(Replica replica)
    {
        var fails = _random.NextInt(5) == 0;
        See(replica.Phase switch
        {
            Phase.Ordered => new ServingEvent.ReplicaProvisioned(replica.Id),
            Phase.Starting => new ServingEvent.ReplicaReady(replica.Id),
            Phase.Loading when fails => new ServingEvent.LoadFailed(replica.Id, s_model, "by chance"),
            Phase.Loading => new ServingEvent.ModelLoaded(replica.Id, s_model),
            _ => new ServingEvent.ModelUnloaded(replica.Id, s_model),
        });
        if (replica.Phase == Phase.Loading && !fails)
        {
            Pings += replica.Model is null ? 0 : 1;
            Loads += replica.Model is null ? 1 : 0;
        }

        replica.Model = replica.Phase == Phase.Loading && !fails ? s_model : null;
        replica.Phase = replica.Phase == Phase.Ordered ? Phase.Starting : Phase.Idle;
    }

    private void Reload(Replica replica)
    {
        Tick();
        if (replica.Model is null || _random.NextInt(3) > 0)
        {
            replica.Phase = Phase.Loading;
            Decide(new Decision.Load(replica.Id, s_model, replica.Model is null ? "preload" : "ping"));
            return;
        }

        replica.Phase = Phase.Unloading;
        Decide(new Decision.Unload(replica.Id, s_model, "idle"));
    }

    private void Work(Replica replica)
    {
        Tick();
        if (Pick(_batches.Values, batch => batch.Replica is null) is { } resting)
        {
            resting.Stage++;
            Start(resting, replica);
            return;
        }

        var jobs = _jobs.Values.Where(job => job.Place == Place.Waiting).Take(1 + _random.NextInt(4)).ToList();
        if (jobs.Count > 0)
        {
            var batch = new Batch(new(_batchCount++)) { Stage = _random.NextInt(2) == 0 ? Stage.Whole : Stage.Text };
            batch.Jobs.AddRange(jobs.Select(job => job.Id));
            jobs.ForEach(job => (job.Place, job.Batch, job.Ran) = (Place.InBatch, batch, true));
            _batches[batch.Id.Value] = batch;
            Start(batch, replica);
        }
    }

    private void Start(Batch batch, Replica replica)
    {
        batch.Replica = replica;
        (replica.Phase, replica.Batch) = (Phase.Busy, batch);
        Decide(new Decision.Start(replica.Id, batch.Id, batch.Stage, 0, [.. batch.Jobs], "first-come"));
    }

    private void End(Batch batch)
    {
        var replica = batch.Replica!;
        if (_random.NextInt(4) == 0)
        {
            See(new ServingEvent.BatchFailed(replica.Id, batch.Id, "error", "by chance"));
            Free(replica);
            Fail(batch, "error");
            return;
        }

        if (batch.Stage == Stage.Whole && _random.NextInt(3) == 0)
        {
            See(new ServingEvent.StageDone(replica.Id, batch.Id, Stage.Text));
            return;
        }

        if (batch.Stage is Stage.Text or Stage.Denoise)
        {
            See(new ServingEvent.StageDone(replica.Id, batch.Id, batch.Stage));
            Free(replica);
            batch.Replica = null;
            Leave(batch);
            return;
        }

        See(new ServingEvent.StageDone(replica.Id, batch.Id, Stage.Decode));
        See(new ServingEvent.BatchDone(replica.Id, batch.Id));
        Free(replica);
        _batches.Remove(batch.Id.Value);
        foreach (var job in batch.Jobs.Select(id => _jobs.GetValueOrDefault(id.Value)).OfType<Job>())
        {
            Made(job);
        }
    }

    private void Made(Job job)
    {
        job.Batch = null;
        if (_random.NextInt(2) == 0)
        {
            Finish(job);
            return;
        }

        job.Place = Place.CheckAfter;
        Decide(new Decision.Check(job.Id, SafetyPhase.After, "after"));
    }

    private void Check(Job job)
    {
        var (phase, reason) = job.Place == Place.CheckBefore ? (SafetyPhase.Before, "content-before") : (SafetyPhase.After, "content-after");
        var allowed = _random.NextInt(3) > 0;
        if (_random.NextInt(3) == 0)
        {
            Tick();
        }
        else
        {
            See(new ServingEvent.SafetyChecked(job.Id, phase, allowed, allowed ? "" : "by chance"));
        }

        if (!allowed)
        {
            Reject(job, reason);
        }
        else if (phase == SafetyPhase.After)
        {
            Finish(job);
        }
        else
        {
            job.Place = Place.Waiting;
        }
    }

    private void Lose(Replica replica)
    {
        See(new ServingEvent.ReplicaLost(replica.Id, "by chance"));
        _replicas.Remove(replica.Id.Value);
        if (replica.Batch is { } batch)
        {
            Fail(batch, "replica-lost");
        }
    }

    private void Fail(Batch batch, string reason)
    {
        _batches.Remove(batch.Id.Value);
        foreach (var job in batch.Jobs.Select(id => _jobs.GetValueOrDefault(id.Value)).OfType<Job>())
        {
            job.Batch = null;
            if (_random.NextInt(3) == 0)
            {
                Failed++;
                DeadLetters += job.Ran ? 1 : 0;
                _jobs.Remove(job.Id.Value);
                Decide(new Decision.Fail(job.Id, reason, "by chance"));
                continue;
            }

            Retried++;
            job.Place = Place.Waiting;
            Decide(new Decision.Retry(job.Id, 2, Now + Duration.FromSeconds(1), reason));
        }
    }

    private void Cancel(Job job)
    {
        See(new ServingEvent.Cancelled(job.Id));
        _jobs.Remove(job.Id.Value);
        if (job.Batch is { } batch && batch.Replica is { } replica)
        {
            Decide(new Decision.Cancel(replica.Id, batch.Id, job.Id, "cancelled"));
        }

        Decide(new Decision.Drop(job.Id, "cancelled"));
        if (job.Batch is { Replica: null } resting)
        {
            Leave(resting);
        }
    }

    /// <summary>A batch at rest holds only jobs that somebody waits for.</summary>
    private void Leave(Batch batch)
    {
        batch.Jobs.RemoveAll(id => !_jobs.ContainsKey(id.Value));
        if (batch.Jobs.Count == 0)
        {
            _batches.Remove(batch.Id.Value);
        }
    }

    private void Finish(Job job)
    {
        _jobs.Remove(job.Id.Value);
        Decide(new Decision.Finish(job.Id, "done"));
    }

    private void Reject(Job job, string reason)
    {
        Rejected++;
        _jobs.Remove(job.Id.Value);
        Decide(new Decision.Reject(job.Id, reason, "by chance"));
    }

    private static void Free(Replica replica) => (replica.Phase, replica.Batch) = (Phase.Idle, null);

    private void Tick() => See(new ServingEvent.TimerFired("any", 0));

    private void See(ServingEvent e) => seen(Now, e);

    private void Decide(Decision d) => decided(Now, d);

    private T? Pick<T>(IEnumerable<T> from, Func<T, bool> which)
        where T : class
    {
        var all = from.Where(which).ToList();
        return all.Count == 0 ? null : all[_random.NextInt(all.Count)];
    }

    private sealed class Job(JobId id, string tier, Place place)
    {
        public JobId Id => id;

        public string Tier => tier;

        public Place Place { get; set; } = place;

        public Batch? Batch { get; set; }

        public bool Ran { get; set; }
    }

    private sealed class Replica(ReplicaId id)
    {
        public ReplicaId Id => id;

        public Phase Phase { get; set; }

        public ModelId? Model { get; set; }

        public Batch? Batch { get; set; }
    }

    private sealed class Batch(BatchId id)
    {
        public BatchId Id => id;

        public List<JobId> Jobs { get; } = [];

        /// <summary>Null between two stages.</summary>
        public Replica? Replica { get; set; }

        public Stage Stage { get; set; }
    }
}
