using System.Runtime.InteropServices;
using LoadLab.Core;
using LoadLab.Serving.Admission;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Placement;
using LoadLab.Serving.Priority;
using LoadLab.Serving.Recovery;

namespace LoadLab.Serving.Dispatch;

/// <summary>
/// Brings waiting jobs and free replicas together: takes the lines in service order, has the placement choose a replica, has the batcher say how many jobs run now,
/// starts them or has the replica load their model first. A line that cannot run now is passed over, and who overtakes it says why.
/// </summary>
internal sealed class Dispatcher
{
    private readonly ServingOptions _options;
    private readonly TierTable _tiers;
    private readonly JobTable _jobs;
    private readonly JobQueue _queue;
    private readonly FleetState _fleet;
    private readonly Books _books;
    private readonly IBatchPolicy _batcher;
    private readonly IPlacementPolicy _placement;
    private readonly NightRule _nights;
    private readonly List<Decision> _decisions;
    private readonly Alarm _alarm;
    private readonly StageLines _stages;
    private readonly bool _nightly;
    private readonly bool _owned;
    private readonly bool _firstWins;
    private readonly Preempter _preempter;
    private readonly int[] _running;
    private readonly bool[] _closed;
    private readonly List<ReplicaState> _free = [];
    private readonly List<PlacementCandidate> _candidates = [];
    private readonly List<JobState> _members = [];
    private readonly Dictionary<ModelId, int> _needed = [];
    private long _passes;
    private long _placements;
    private long _batches;
    private int _open;
    private Instant _now;
    private string? _passedOver;

    public Dispatcher(ServingOptions options, TierTable tiers, JobTable jobs, JobQueue queue, FleetState fleet, Books books, ServingPolicies policies, List<Decision> decisions)
    {
        (_options, _tiers, _jobs, _queue, _fleet, _books, _decisions) = (options, tiers, jobs, queue, fleet, books, decisions);
        (_batcher, _placement) = (policies.Batching, policies.Placement);
        _firstWins = _placement.FirstWins;
        _nights = new NightRule(options.Calendar);
        _alarm = new Alarm("dispatch", decisions);
        _stages = new StageLines(fleet);
        _preempter = new Preempter(options, tiers, queue, fleet, this, decisions);
        _running = new int[tiers.Lanes];
        _closed = new bool[tiers.Lanes];
        _nightly = Enumerable.Range(0, tiers.Lanes).Any(lane => tiers.Of(lane).Night is not null);
        _owned = FleetPlan.Of(options).Any(group => group.Tier.Length > 0);
    }

    private ReadOnlySpan<LineJob> Members => ReadOnlySpan<LineJob>.CastUp<JobState>(CollectionsMarshal.AsSpan(_members));

    /// <summary>Whether nothing new starts any more.</summary>
    public bool Stopped { get; private set; }

    public bool Rings(ServingEvent.TimerFired timer) => _alarm.Rings(timer);

    /// <summary>Nothing starts any more; batches between two replicas go no further, and are returned.</summary>
    public IReadOnlyList<BatchState> Stop()
    {
        Stopped = true;
        _alarm.Disarm("shutdown");
        return _stages.TakeAll();
    }

    public void Run(Instant now)
    {
        _now = now;
        if (Stopped)
        {
            return;
        }

        _stages.Run(this);
        if (_queue.Count > 0 && _fleet.Free > 0)
        {
            Fill();
        }

        if (_preempter.On && _queue.Count > 0)
        {
            CloseLanes();
            _preempter.Run(_closed);
        }
    }

    /// <summary>Gives free replicas to lines in service order.</summary>
    private void Fill()
    {
        _passes++;
        _placements++;
        _passedOver = null;
        _needed.Clear();
        CloseLanes();
        while (_fleet.Free > 0 && _queue.Next(_passes, _closed) is { } cell)
        {
            cell.Pass = _passes;
            if (cell.Line.Waits != _placements && Place(cell))
            {
                _placements++;

                // The line goes on with its next jobs.
                cell.Pass = 0;
                CloseLanes();
            }
        }
    }

    /// <summary>Has a free replica load a model, unloading another first.</summary>
    public void Fetch(ReplicaState replica, ModelId model, JobId? job)
    {
        replica.LoadsFor = job;
        if (replica.Model is { } other)
        {
            replica.Next = model;
            _fleet.Move(replica, ReplicaPhase.Unloading);
            _decisions.Add(new Decision.Unload(replica.Id, other, "other-model"));
            return;
        }

        replica.Model = model;
        replica.Next = null;
        _fleet.Move(replica, ReplicaPhase.Loading);
        _decisions.Add(new Decision.Load(replica.Id, model, job is null ? "preload" : "first-job"));
    }

    /// <summary>A stage of the pipeline ended on its replica, which is free again: the batch waits for the next one.</summary>
    public void NextStage(BatchState batch, Stage stage)
    {
        (batch.Stage, batch.Between) = (stage, true);
        _stages.Add(batch);
    }

    /// <summary>The batch that waits first between two replicas for a stage of a model; null when none does.</summary>
    public BatchState? FirstBetween(Stage stage, ModelId model) => _stages.First(stage) is { } batch && batch.Key.Model == model ? batch : null;

    /// <summary>A batch is over, well or not.</summary>
    public void Ended(BatchState batch)
    {
        if (batch.Between)
        {
            _stages.Remove(batch);
        }

        Count(batch, -1);
        _books.Wait.Running(-batch.Expected);
        if (--_open == 0 && _queue.Count == 0)
        {
            _books.Idle();
        }
    }

    /// <summary>Gives a batch, or its next stage, to a free replica that has its model.</summary>
    public void Begin(BatchState batch, ReplicaState replica, JobId[] jobs, string reason)
    {
        (batch.Started, batch.Between, batch.Replica) = (_now, false, replica.Id);
        replica.Batch = batch;
        _fleet.Move(replica, ReplicaPhase.Busy);
        _decisions.Add(new Decision.Start(replica.Id, batch.Id, batch.Stage, batch.FromStep, jobs, reason));
    }

    /// <summary>By day a tier with night hours runs on a few replicas only, or on none.</summary>
    private void CloseLanes()
    {
        for (var lane = 0; _nightly && lane < _closed.Length; lane++)
        {
            var night = _tiers.Of(lane).Night;
            _closed[lane] = night is not null && _running[lane] >= night.DayReplicas && !_nights.IsNight(night, _now);
            if (_closed[lane])
            {
                _alarm.Arm(_nights.NextChange(night!, _now), "night");
            }
        }
    }

    /// <summary>True when something was started or a load was ordered for the cell; else it waits for what <see cref="PassOver"/> was told.</summary>
    private bool Place(Cell cell)
    {
        var head = cell.Head!;
        if (!_books.Breakers.Lets(head.Served, _now) && !_tiers.Of(cell.Lane).Emergency)
        {
            return PassOver("breaker-open", _now + _books.Breakers.RetryAfter(head.Served, _now));
        }

        FindFree(head, cell.Lane);
        if (_free.Count == 0)
        {
            _queue.Skip(cell.Lane, head.Served, _passes);
            return PassOver("no-replica", null);
        }

        var choice = Choose(head);
        if (choice.Index < 0)
        {
            return PassOver(choice.Reason, choice.Until);
        }

        var replica = _free[choice.Index];
        return replica.Model == head.Served ? Start(cell, replica) : Load(cell, replica);
    }

    /// <summary>Whether a line could run, and waits for nothing but a replica.</summary>
    public bool LacksReplica(Cell cell)
    {
        var model = cell.Head!.Served;
        if (!_books.Breakers.Lets(model, _now) && !_tiers.Of(cell.Lane).Emergency)
        {
            return false;
        }

        FindFree(cell.Head, cell.Lane);
        return _free.Count == 0 && Coming(model, cell.Lane) == 0;
    }

    /// <summary>Whether the line would start a batch on the replica if it were free; else it is asked again when it says.</summary>
    public bool WouldStart(Cell cell, ReplicaState replica)
    {
        if (cell.Line.Key.Alone)
        {
            return true;
        }

        Gather(cell, replica, _options.Batching.MaxBatch + 1);
        var decision = Decide(LimitOf(cell, replica));
        if (decision is { Count: 0, Until: { } until })
        {
            _alarm.Arm(until, decision.Reason);
        }

        return decision.Count > 0;
    }

    private bool PassOver(string reason, Instant? until)
    {
        _passedOver ??= reason;
        if (until is { } at)
        {
            _alarm.Arm(at, reason);
        }

        return false;
    }

    /// <summary>Free replicas that may run the job; those that its tier owns alone when there are any. None after the first that has the model, where that one wins.</summary>
    private void FindFree(JobState job, int lane)
    {
        var tier = _tiers.Of(lane).Name;
        _free.Clear();
        var owned = false;
        foreach (var replica in _fleet.AllFree)
        {
            if (replica.Group.Stage is not (Stage.Whole or Stage.Text) || !replica.Group.Serves(tier, job.Served))
            {
                continue;
            }

            var own = replica.Group.Tier.Length > 0;
            if (own && !owned)
            {
                owned = true;
                _free.Clear();
            }

            if (own != owned)
            {
                continue;
            }

            _free.Add(replica);
            if (_firstWins && (own || !_owned) && replica.Model == job.Served)
            {
                return;
            }
        }
    }

    private PlacementDecision Choose(JobState head)
    {
        _candidates.Clear();
        var any = false;
        foreach (var replica in _free)
        {
            var has = replica.Model == head.Served;
            if (has && _firstWins)
            {
                return new PlacementDecision(_candidates.Count, null, "has-model");
            }

            any |= has;
            _candidates.Add(new PlacementCandidate(has, !has && replica.Model is not null, replica.FreeBytes, replica.Busy));
        }

        try
        {
            return _placement.Choose(_now, CollectionsMarshal.AsSpan(_candidates), new PlacementNeed(head.Queued, !any && HasElsewhere(head)));
        }
        catch (Exception e)
        {
            _decisions.Add(Faults.Of("placement", e));
            return new PlacementDecision(Math.Max(0, _candidates.FindIndex(candidate => candidate.HasModel)), null, Faults.Reason);
        }
    }

    private bool HasElsewhere(JobState head)
    {
        foreach (var replica in _fleet.All)
        {
            if (replica is { Phase: ReplicaPhase.Busy or ReplicaPhase.Loading or ReplicaPhase.Unloading, Released: false } && (replica.Next ?? replica.Model) == head.Served && replica.Group.Serves(_tiers.Of(head.Lane).Name, head.Served))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A line waits for a load that is under way and that nobody before it counts on; else the replica loads its model.</summary>
    private bool Load(Cell cell, ReplicaState replica)
    {
        var model = cell.Line.Model;
        var batches = ((cell.Jobs.Count - 1) / LimitOf(cell, replica)) + 1;
        var before = _needed.GetValueOrDefault(model);
        if (Coming(model, cell.Lane) >= before + batches)
        {
            _needed[model] = before + batches;
            return PassOver("loading", null);
        }

        Fetch(replica, model, cell.Head!.View.Id);
        return true;
    }

    private int Coming(ModelId model, int lane)
    {
        var coming = 0;
        foreach (var replica in _fleet.All)
        {
            coming += !replica.Released && replica.Phase is ReplicaPhase.Loading or ReplicaPhase.Unloading && (replica.Next ?? replica.Model) == model && replica.Group.Serves(_tiers.Of(lane).Name, model) ? 1 : 0;
        }

        return coming;
    }

    private bool Start(Cell cell, ReplicaState replica)
    {
        var limit = LimitOf(cell, replica);
        Gather(cell, replica, _options.Batching.MaxBatch + 1);
        var decision = cell.Line.Key.Alone ? BatchDecision.Run(1, "alone") : Decide(limit);
        if (decision.Count == 0)
        {
            cell.Line.Waits = HoldsForAllLanes(cell) ? _placements : cell.Line.Waits;
            return PassOver(decision.Reason, decision.Until);
        }

        _books.Breakers.TakesTrial(cell.Line.Model, _now);
        Start(cell.Lane, replica, Math.Min(decision.Count, Math.Min(limit, _members.Count)), decision.Reason);
        return true;
    }

    /// <summary>Where all lanes may run on the same replicas, and the order of a line decides nothing, the cells of a line wait together: until something is placed, they need not be asked one by one.</summary>
    private bool HoldsForAllLanes(Cell cell) => !_batcher.LinesByModel && !_owned && _firstWins && _books.Breakers.Lets(cell.Line.Model, _now);

    private BatchDecision Decide(int limit)
    {
        try
        {
            return _batcher.Decide(_now, Members, limit);
        }
        catch (Exception e)
        {
            _decisions.Add(Faults.Of("batching", e));
            return BatchDecision.Run(1, Faults.Reason);
        }
    }

    /// <summary>Most jobs of the line that may run together on the replica; at least 1.</summary>
    public int LimitOf(Cell cell, ReplicaState replica)
    {
        if (cell.Line.Key.Alone)
        {
            return 1;
        }

        var (key, most) = (cell.Head!.Key, _options.Batching.MaxBatch);
        return Math.Max(1, Math.Min(_books.Limits.LimitOf(key, most), _options.Batching.Memory?.LimitOf(replica.FreeBytes, key, most) ?? most));
    }

    /// <summary>The first jobs of a line in service order: its own lane's, then those of the lanes after it that may run on the replica and whose keys may join.</summary>
    private void Gather(Cell cell, ReplicaState replica, int most)
    {
        _members.Clear();
        Gather(cell, most);
        foreach (var lane in _queue.Order())
        {
            if (lane != cell.Lane && !_closed[lane] && cell.Line.Cells[lane] is { Head: not null } other && replica.Group.Serves(_tiers.Of(lane).Name, cell.Line.Model))
            {
                Gather(other, most);
            }
        }
    }

    private void Gather(Cell cell, int most)
    {
        if (cell.Head is null || _members.Count >= most)
        {
            return;
        }

        foreach (var job in cell.Jobs)
        {
            _members.Add(job);
            if (_members.Count >= most)
            {
                return;
            }
        }
    }

    private void Start(int lane, ReplicaState replica, int count, string reason)
    {
        var members = new JobState[count];
        var ids = new JobId[count];
        var expected = 0.0;
        for (var i = 0; i < count; i++)
        {
            var job = _members[i];
            (members[i], ids[i]) = (job, job.View.Id);
            expected += job.Seconds;
            _queue.Remove(job);
            _books.Unqueue(job);
            _jobs.Move(job, JobPhase.Running);
        }

        var batch = new BatchState { Id = new BatchId(_batches++), Key = members[0].Key, Jobs = members, Lane = lane, Stage = replica.Group.Stage, Expected = expected, FromStep = members[0].FromStep, Checkpoint = members[0].FromStep };
        foreach (var job in members)
        {
            job.Started(batch);
            _books.ShareOf(job.Lane).Started(job.Tag);
        }

        Count(batch, +1);
        _open++;
        _books.Wait.Running(expected);
        Begin(batch, replica, ids, _passedOver is null ? reason : Overtaking.Reason(_passedOver));
    }

    /// <summary>A batch counts for the tier of each of its jobs; those of one tier stand together.</summary>
    private void Count(BatchState batch, int sign)
    {
        for (var i = 0; i < batch.Jobs.Length; i++)
        {
            _running[batch.Jobs[i].Lane] += i == 0 || batch.Jobs[i].Lane != batch.Jobs[i - 1].Lane ? sign : 0;
        }
    }
}
