using System.Runtime.InteropServices;
using LoadLab.Core;
using LoadLab.Serving.Preemption;
using LoadLab.Serving.Priority;

namespace LoadLab.Serving.Dispatch;

/// <summary>
/// Makes room for lines that found no free replica: as many batches of lower tiers are told to stop as the waiting jobs can use replicas, those that are stopping already
/// counted. A line that would not start on the replica (its window is not over) makes nobody stop.
/// </summary>
internal sealed class Preempter(ServingOptions options, TierTable tiers, JobQueue queue, FleetState fleet, Dispatcher dispatcher, List<Decision> decisions)
{
    private readonly PreemptionPolicy _policy = new(options.Preemption);
    private readonly List<ReplicaState> _running = [];
    private readonly List<PreemptionCandidate> _candidates = [];
    private readonly List<Cell> _cells = [];
    private long _passes;

    public bool On => _policy.On;

    /// <param name="closed">Lanes that may not start anything now.</param>
    public void Run(ReadOnlySpan<bool> closed)
    {
        _passes++;
        _cells.Clear();
        foreach (var lane in queue.Order())
        {
            if (!closed[lane] && _policy.May(tiers.Of(lane).Name))
            {
                _cells.AddRange(queue.CellsOf(lane));
            }
        }

        foreach (var cell in _cells)
        {
            MakeRoom(cell);
        }
    }

    private void MakeRoom(Cell cell)
    {
        if (!dispatcher.LacksReplica(cell))
        {
            return;
        }

        for (var jobs = cell.Jobs.Count; jobs > 0;)
        {
            Look(cell, stopping: true);
            var replica = _running.Count > 0 ? _running[0] : Stop(cell);
            if (replica is null)
            {
                return;
            }

            replica.Batch!.Claim = _passes;
            jobs -= dispatcher.LimitOf(cell, replica);
        }
    }

    /// <summary>The replica whose batch was told to stop; null when none is.</summary>
    private ReplicaState? Stop(Cell cell)
    {
        Look(cell, stopping: false);
        _candidates.Clear();
        foreach (var running in _running)
        {
            _candidates.Add(CandidateOf(running.Batch!));
        }

        var index = _policy.Choose(tiers.PriorityOf(cell.Lane), CollectionsMarshal.AsSpan(_candidates));
        if (index < 0 || !dispatcher.WouldStart(cell, _running[index]))
        {
            return null;
        }

        var replica = _running[index];
        replica.Batch!.GivesWay = true;
        decisions.Add(new Decision.Preempt(replica.Id, replica.Batch.Id, "better-tier"));
        return replica;
    }

    /// <summary>Busy replicas that the line may use, not counted on in this pass: those that are stopping, or those that are not.</summary>
    private void Look(Cell cell, bool stopping)
    {
        var tier = tiers.Of(cell.Lane).Name;
        _running.Clear();
        foreach (var replica in fleet.All)
        {
            if (replica is { Phase: ReplicaPhase.Busy, Released: false, Down: false, Batch: { Stage: Stage.Whole } batch } && batch.Claim != _passes
                && replica.Model == cell.Line.Model && replica.Group.Serves(tier, cell.Line.Model) && (batch.GivesWay || !batch.IsWanted) == stopping)
            {
                _running.Add(replica);
            }
        }
    }

    private PreemptionCandidate CandidateOf(BatchState batch)
    {
        var (priority, preemptions) = (int.MaxValue, 0);
        foreach (var job in batch.Jobs)
        {
            if (ReferenceEquals(job.Batch, batch))
            {
                (priority, preemptions) = (Math.Min(priority, tiers.PriorityOf(job.Lane)), Math.Max(preemptions, job.Preemptions));
            }
        }

        return new PreemptionCandidate(priority, preemptions, batch.Started);
    }
}
