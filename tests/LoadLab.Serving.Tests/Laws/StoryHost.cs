using LoadLab.Core;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Safety;

namespace LoadLab.Serving.Tests.Laws;

/// <summary>
/// A lawful host under virtual time: it carries out what the core decides and answers by events, some late, some twice, some never, with faults while calls come in and
/// without afterwards. Instants lie on a coarse grid, so that many things happen at once.
/// </summary>
internal sealed class StoryHost : IDisposable
{
    private const long Grid = 100_000_000;
    private const int MostEvents = 20_000;
    private const int MostAtOnce = 1000;
    private readonly StoryPlan _plan;
    private readonly ServingCore _core;
    private readonly MemoryStream _journal = new();
    private readonly JournalWriter _writer;
    private readonly Laws _laws;
    private readonly RandomStream _random;
    private readonly PriorityQueue<Due, (long At, long Sequence)> _agenda = new();
    private readonly HashSet<(string, long)> _timers = [];
    private readonly Dictionary<ReplicaId, HostReplica> _replicas = [];
    private readonly List<JobId> _arrived = [];
    private Instant _now;
    private Instant _calm;
    private Instant _last;
    private long _sequence;
    private int _events;
    private int _atOnce;

    public StoryHost(StoryPlan plan)
    {
        var header = plan.Header();
        (_plan, _core, _random) = (plan, header.CreateCore(), plan.Draw("host"));
        _writer = new JournalWriter(_journal, header);
        _laws = new Laws(header.Serving, header.Autoscaler, _core);
    }

    /// <summary>Reason codes of all decisions.</summary>
    public HashSet<string> Reasons { get; } = [];

    private bool Faulty => _plan.Has(Rules.Faults) && _now < _calm;

    public void Dispose() => _writer.Dispose();

    public void Play()
    {
        Plan();
        while (_agenda.TryPeek(out _, out var next) && (!Over || next.At <= _last.Nanoseconds))
        {
            var due = _agenda.Dequeue();
            var at = new Instant(next.At);
            _atOnce = at > _now ? 0 : _atOnce + 1;
            Law.Holds(_atOnce < MostAtOnce, "events of one instant bring each other about without end");
            Law.Holds(_events < MostEvents, $"{_laws.Open} jobs never end");
            _now = Instant.Max(_now, at);
            Take(due);
        }

        Feed(new ServingEvent.Shutdown());
        while (_agenda.TryDequeue(out var due, out var next))
        {
            _now = Instant.Max(_now, new Instant(next.At));
            if (due.Event is not (ServingEvent.Arrived or ServingEvent.Shutdown))
            {
                Take(due);
            }
        }

        _laws.AtTheEnd();
        using var reader = JournalReader.Open(new MemoryStream(_journal.ToArray()), "decisions.jsonl");
        var replay = JournalReplay.Verify(reader);
        Law.Holds(replay is { Identical: true, Missing: 0, Torn: false }, $"the replay differs at line {replay.FirstDifferenceLine}:\n{replay.Expected}\n{replay.Actual}");
    }

    /// <summary>Every call has come and every job has ended.</summary>
    private bool Over => _now >= _last && _laws.Open == 0;

    /// <summary>Arrivals in bursts, and cancellations; the calm is when the last has come.</summary>
    private void Plan()
    {
        var arrivals = _plan.Draw("arrivals");
        var mean = 0.1 + (0.7 * arrivals.NextDouble());
        _now = new Instant(-20 * Grid);
        Post(Duration.Zero, new ServingEvent.Started());
        var at = 0.0;
        for (var i = 0; i < _plan.Jobs; i++)
        {
            at += arrivals.NextInt(3) == 0 ? 0 : arrivals.NextExponential() * mean;
            var view = View(i, Instant.FromSeconds(at), arrivals);
            Post(view.Received - _now, new ServingEvent.Arrived(view));
            if (_plan.Has(Rules.Cancels) && arrivals.NextInt(5) == 0)
            {
                Post(view.Received + Seconds(arrivals.NextInt(6)) - _now, new ServingEvent.Cancelled(view.Id));
            }
        }

        _last = Instant.FromSeconds(at);
        _calm = _last;
        if (_plan.Has(Rules.EarlyStop))
        {
            Post(Instant.FromSeconds(at * arrivals.NextDouble()) - _now, new ServingEvent.Shutdown());
        }
    }

    private JobView View(int number, Instant at, RandomStream random)
    {
        string[] tiers = ["free", "free", "free", "paid", "vip", "vip", "emergency", "unlisted"];
        var model = random.NextInt(20) switch
        {
            0 => StoryPlan.Unloadable,
            < 6 => StoryPlan.Second,
            6 => StoryPlan.Lighter,
            _ => StoryPlan.Main,
        };
        var onGrid = new Instant(at.Nanoseconds / Grid * Grid);
        var deadline = random.NextInt(3);
        return new JobView
        {
            Id = new(number),
            Received = onGrid,
            Model = new(_plan.Has(Rules.Models) ? model : StoryPlan.Main),
            Width = 160,
            Height = 96,
            Frames = random.NextInt(4) == 0 ? 17 : 9,
            Steps = 8,
            Guided = random.NextInt(6) != 0,
            Tier = tiers[random.NextInt(tiers.Length)],
            Tenant = $"t{random.NextInt(4)}",
            Deadline = deadline == 0 ? onGrid + Seconds(2 + random.NextInt(10)) : null,
        };
    }

    private void Take(Due due)
    {
        switch (due.Event)
        {
            case ServingEvent.ReplicaLost { Cause: "reclaimed" } reclaimed:
                if (_replicas[reclaimed.Replica] is { Gone: false } taken)
                {
                    Lose(taken, "reclaimed");
                }

                return;
            case ServingEvent.TimerFired timer when !_timers.Contains((timer.Purpose, timer.Number)) && _random.NextInt(10) != 0:
                return;
            case ServingEvent.Arrived arrived:
                _arrived.Add(arrived.Job.Id);
                Noise();
                break;
        }

        if (due.Replica is { } replica && replica.Work != due.Work)
        {
            // Whoever waits for a work that was given up hears nothing, or sometimes, of a replica that is gone, what was under way already.
            if (!replica.Gone || _random.NextInt(3) != 0)
            {
                return;
            }
        }
        else
        {
            due.Replica?.Heard(due.Event, due.Ends);
        }

        Feed(due.Event);
        if (due.Replica is { Gone: false, Released: true, Work: 0 } drained)
        {
            Lose(drained, "released");
        }

        if (due.Event is ServingEvent.BatchDone or ServingEvent.BatchFailed or ServingEvent.StageDone or ServingEvent.SafetyChecked or ServingEvent.Cancelled or ServingEvent.ReplicaReady && _random.NextInt(12) == 0)
        {
            Feed(due.Event);
        }
    }

    /// <summary>What comes of itself: observations, events of nobody, and a replica that is lost.</summary>
    private void Noise()
    {
        var known = _replicas.Values.Where(replica => !replica.Gone).ToList();
        if (known.Count > 0 && known[_random.NextInt(known.Count)] is var some)
        {
            if (_random.NextInt(4) == 0)
            {
                Feed(new ServingEvent.MemoryObserved(some.Id, _random.NextInt(60)));
            }

            if (Faulty && _random.NextInt(25) == 0)
            {
                Lose(some, "killed");
            }
            else if (_plan.Has(Rules.Spot) && _random.NextInt(8) == 0)
            {
                var after = Seconds(_random.NextInt(4));
                Feed(new ServingEvent.ReclaimNotice(some.Id, _now + after));
                Post(after, new ServingEvent.ReplicaLost(some.Id, "reclaimed"));
            }
            else if (_plan.Has(Rules.Repairs) && _random.NextInt(6) == 0)
            {
                Feed(new ServingEvent.ReplicaDown(some.Id));
                Post(Seconds(1 + _random.NextInt(3)), new ServingEvent.ReplicaRepaired(some.Id));
            }
        }

        if (known.Find(replica => replica.Loaded is { } model && replica.Loading != model) is { Loaded: { } loaded } late && _random.NextInt(10) == 0)
        {
            Feed(new ServingEvent.ModelLoaded(late.Id, loaded));
        }

        switch (_random.NextInt(33))
        {
            case 0:
                Feed(new ServingEvent.UtilisationObserved(_random.NextDouble()));
                break;
            case 1:
                Feed(new ServingEvent.BatchDone(new(_random.NextInt(5)), new(9999)));
                break;
            case 2:
                Feed(new ServingEvent.Cancelled(new(99_999)));
                break;
            case 3:
                Feed(new ServingEvent.SafetyChecked(_arrived[_random.NextInt(_arrived.Count)], (SafetyPhase)_random.NextInt(2), _random.NextInt(2) == 0, "by chance"));
                break;
            case 4:
                Feed(new ServingEvent.TimerFired("expire", 99_999));
                break;
            case 6:
                Feed(new ServingEvent.Checkpointed(new(_random.NextInt(5)), new(_random.NextInt(20)), _random.NextInt(12) - 2));
                break;
            case 7:
                Feed(new ServingEvent.ReclaimNotice(new(77), _now));
                break;
            case 8:
                Feed(new ServingEvent.ReplicaRepaired(new(_random.NextInt(5))));
                break;
            case 5:
                Feed(new ServingEvent.ModelUnloaded(new(77), new(StoryPlan.Main)));
                break;
        }
    }

    private void Feed(ServingEvent e)
    {
        _events++;
        _writer.Write(_now, e);
        if (e is ServingEvent.TimerFired fired)
        {
            _timers.Remove((fired.Purpose, fired.Number));
        }

        _laws.Before(_now, e);
        var decisions = _core.Handle(_now, e).ToList();
        foreach (var decision in decisions)
        {
            Reasons.Add(decision.Reason);
            _writer.Write(_now, decision);
            _laws.Decided(_now, decision);
        }

        _laws.After(_now);
        decisions.ForEach(Apply);
    }

    private void Apply(Decision decision)
    {
        switch (decision)
        {
            case Decision.SetTimer timer:
                _timers.Add((timer.Purpose, timer.Number));
                var late = _plan.Has(Rules.LateTimers) ? new Duration(_random.NextInt(3) * Grid / 2) : Duration.Zero;
                _agenda.Enqueue(new Due(new ServingEvent.TimerFired(timer.Purpose, timer.Number)), (Instant.Max(_now, timer.At + late).Nanoseconds, _sequence++));
                break;
            case Decision.CancelTimer timer:
                _timers.Remove((timer.Purpose, timer.Number));
                break;
            case Decision.Check check:
                Check(check);
                break;
            case Decision.Provision provision:
                Provision(_replicas[provision.Replica] = new HostReplica(provision.Replica));
                break;
            case Decision.Release release:
                var released = _replicas[release.Replica];
                released.Released = true;
                if (released.Work == 0 || !released.Busy)
                {
                    Post(Seconds(_random.NextInt(2)), new ServingEvent.ReplicaLost(release.Replica, "released"), released, released.Begin(busy: false));
                }

                break;
            case Decision.Load load:
                Load(_replicas[load.Replica], load.Model);
                break;
            case Decision.Unload unload:
                Work(_replicas[unload.Replica], new ServingEvent.ModelUnloaded(unload.Replica, unload.Model), 5);
                break;
            case Decision.Start start:
                Start(_replicas[start.Replica], start);
                break;
            case Decision.Preempt preempt:
                Preempt(_replicas[preempt.Replica], preempt.Batch);
                break;
            case Decision.Cancel cancel:
                Cancel(_replicas[cancel.Replica], cancel);
                break;
        }
    }

    private void Check(Decision.Check check)
    {
        if (_random.NextInt(6) == 0)
        {
            return;
        }

        Post(new Duration(_random.NextInt(25) * Grid), new ServingEvent.SafetyChecked(check.Job, check.Phase, _random.NextInt(6) != 0, ""));
    }

    private void Provision(HostReplica replica)
    {
        var boot = replica.Begin(busy: false);
        if (Faulty && _random.NextInt(8) == 0)
        {
            Post(Seconds(_random.NextInt(3)), new ServingEvent.ReplicaLost(replica.Id, "no capacity"), replica, boot);
            return;
        }

        var exists = new Duration(_random.NextInt(20) * Grid);
        Post(exists, new ServingEvent.ReplicaProvisioned(replica.Id), replica, boot, ends: false);
        Post(exists + new Duration(_random.NextInt(20) * Grid), new ServingEvent.ReplicaReady(replica.Id), replica, boot);
    }

    private void Load(HostReplica replica, ModelId model)
    {
        var fails = model.Name == StoryPlan.Unloadable || (Faulty && _random.NextInt(8) == 0);
        Work(replica, fails ? new ServingEvent.LoadFailed(replica.Id, model, "no such file") : new ServingEvent.ModelLoaded(replica.Id, model), 30);
        replica.Loading = model;
    }

    private void Start(HostReplica replica, Decision.Start start)
    {
        var work = replica.Begin(busy: true);
        (replica.Batch, replica.Jobs, replica.Step) = (start.Batch, [.. start.Jobs], start.FromStep);
        var took = new Duration((1 + _random.NextInt(25)) * Grid);
        var poisoned = start.Jobs.Any(job => job.Value % 13 == 5) && _plan.Has(Rules.Faults);
        var chance = Faulty ? _random.NextInt(16) : 15;
        if (chance < 2)
        {
            Post(took, new ServingEvent.ReplicaLost(replica.Id, "crashed"), replica, work);
            Post(took + Seconds(1), new ServingEvent.BatchDone(replica.Id, start.Batch), replica, work);
        }
        else if (poisoned || chance < 5)
        {
            var cause = poisoned || chance == 2 ? "error" : chance == 3 ? "crashed" : "out-of-memory";
            Post(took, new ServingEvent.BatchFailed(replica.Id, start.Batch, cause, "by chance"), replica, work);
        }
        else
        {
            Succeed(replica, start, took, work);
        }
    }

    private void Succeed(HostReplica replica, Decision.Start start, Duration took, int work)
    {
        if (start.Stage == Stage.Whole)
        {
            if (_plan.Has(Rules.Spot) && start.FromStep < 8)
            {
                Post(new Duration(took.Nanoseconds / 2), new ServingEvent.Checkpointed(replica.Id, start.Batch, start.FromStep + 1 + _random.NextInt(8 - start.FromStep)), replica, work, ends: false);
            }

            Post(new Duration(took.Nanoseconds / 2), new ServingEvent.StageDone(replica.Id, start.Batch, Stage.Text), replica, work, ends: false);
            Post(took, new ServingEvent.BatchDone(replica.Id, start.Batch), replica, work);
            return;
        }

        Post(took, new ServingEvent.StageDone(replica.Id, start.Batch, start.Stage), replica, work, ends: start.Stage != Stage.Decode);
        if (start.Stage == Stage.Decode)
        {
            Post(took, new ServingEvent.BatchDone(replica.Id, start.Batch), replica, work);
        }
    }

    /// <summary>A batch that nobody wants any more ends at its next step, or runs to its end all the same.</summary>
    private void Cancel(HostReplica replica, Decision.Cancel cancel)
    {
        Law.Holds(!replica.Gone && replica.Batch == cancel.Batch, "a job of a batch was cancelled on a replica that does not run it");
        replica.Jobs.Remove(cancel.Job);
        if (replica.Jobs.Count == 0 && _random.NextInt(4) != 0)
        {
            Post(new Duration(Grid), new ServingEvent.BatchFailed(replica.Id, cancel.Batch, "cancelled", ""), replica, replica.Begin(busy: true));
        }
    }

    /// <summary>It stops at its next step and tells what it keeps, or it is too late and it runs to its end.</summary>
    private void Preempt(HostReplica replica, BatchId batch)
    {
        Law.Holds(!replica.Gone && replica.Batch == batch && replica.Busy, "a batch is to give way on a replica that does not run it");
        if (_random.NextInt(4) == 0 || replica.Jobs.Count == 0)
        {
            return;
        }

        var work = replica.Begin(busy: true);
        if (_random.NextInt(5) != 0 && replica.Step < 8)
        {
            Post(new Duration(Grid), new ServingEvent.Checkpointed(replica.Id, batch, replica.Step + 1), replica, work, ends: false);
        }

        Post(new Duration(Grid), new ServingEvent.BatchFailed(replica.Id, batch, "preempted", ""), replica, work);
    }

    private void Work(HostReplica replica, ServingEvent end, int most)
    {
        var work = replica.Begin(busy: false);
        var took = new Duration(_random.NextInt(most) * Grid);
        Post(took, Faulty && _random.NextInt(20) == 0 ? new ServingEvent.ReplicaLost(replica.Id, "crashed") : end, replica, work);
    }

    private void Lose(HostReplica replica, string cause)
    {
        replica.Gone = true;
        Feed(new ServingEvent.ReplicaLost(replica.Id, cause));
    }

    private void Post(Duration after, ServingEvent e, HostReplica? replica = null, int work = 0, bool ends = true) =>
        _agenda.Enqueue(new Due(e, replica, work, ends), ((_now + after).Nanoseconds, _sequence++));

    private static Duration Seconds(int seconds) => Duration.FromSeconds(seconds);

    /// <param name="Event">What happens.</param>
    /// <param name="Replica">Whose doing it is.</param>
    /// <param name="Work">Which of its works.</param>
    /// <param name="Ends">Whether the work ends with it.</param>
    private readonly record struct Due(ServingEvent Event, HostReplica? Replica = null, int Work = 0, bool Ends = true);

    /// <summary>A replica as it really is. Its works are numbered, so that what belongs to one that was given up is known.</summary>
    private sealed class HostReplica(ReplicaId id)
    {
        private int _works;

        public ReplicaId Id => id;

        public bool Gone { get; set; }

        public bool Released { get; set; }

        public bool Busy { get; private set; }

        public BatchId Batch { get; set; }

        public List<JobId> Jobs { get; set; } = [];

        /// <summary>Denoise steps that its batch had when it started.</summary>
        public int Step { get; set; }

        /// <summary>What it is at; 0 = nothing.</summary>
        public int Work { get; private set; }

        /// <summary>The model under way.</summary>
        public ModelId? Loading { get; set; }

        /// <summary>The model loaded last.</summary>
        public ModelId? Loaded { get; private set; }

        public int Begin(bool busy)
        {
            (Work, Busy, Loading) = (++_works, busy, null);
            return Work;
        }

        public void Heard(ServingEvent e, bool ends)
        {
            Gone |= e is ServingEvent.ReplicaLost;
            Loaded = e is ServingEvent.ModelLoaded loaded ? loaded.Model : Loaded;
            Loading = ends ? null : Loading;
            (Work, Busy) = ends ? (0, false) : (Work, Busy);
        }
    }
}
