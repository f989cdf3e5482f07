using LoadLab.Core;
using LoadLab.Serving.Priority;

namespace LoadLab.Serving.Dispatch;

/// <summary>
/// Jobs that wait, by lane (tier) and line (what may share a batch). Lanes are served by priority, or with ageing by the time their first job has waited, each
/// level of priority counting as much as the ageing time; within a lane by fair share's tag and order of admission.
/// </summary>
internal sealed class JobQueue
{
    /// <summary>Lines that are kept although nobody waits in them: what comes next is often of their kind.</summary>
    private const int MostKept = 256;
    private const int Unknown = -1;

    private readonly TierTable _tiers;
    private readonly Duration? _ageing;
    private readonly bool _linesByModel;
    private readonly Dictionary<LineKey, Line> _lines = [];
    private readonly List<Cell>[] _lanes;
    private readonly int[] _order;
    private readonly JobState?[] _first;
    private int _ordered = Unknown;
    private Line? _last;

    public JobQueue(TierTable tiers, Duration? ageing, bool linesByModel)
    {
        (_tiers, _ageing, _linesByModel) = (tiers, ageing, linesByModel);
        _lanes = [.. Enumerable.Range(0, tiers.Lanes).Select(_ => new List<Cell>())];
        _order = new int[tiers.Lanes];
        _first = new JobState?[tiers.Lanes];
    }

    public int Count { get; private set; }

    /// <summary>Jobs that wait in the job's line.</summary>
    public int CountOf(JobState job) => _lines.GetValueOrDefault(KeyOf(job))?.Count ?? 0;

    public void Add(JobState job)
    {
        var line = LineOf(KeyOf(job));
        var cell = line.Cells[job.Lane] ??= new Cell(line, job.Lane);
        if (cell.Head is null)
        {
            cell.Index = _lanes[job.Lane].Count;
            _lanes[job.Lane].Add(cell);
        }

        cell.Add(job);
        job.Cell = cell;
        if (_lanes[job.Lane].Count == 1 ? ReferenceEquals(cell.Head, job) : _first[job.Lane] is { } first && Cell.Compare(job, first) < 0)
        {
            (_first[job.Lane], _ordered) = (job, Unknown);
        }

        line.Count++;
        Count++;
    }

    public void Remove(JobState job)
    {
        var cell = job.Cell!;
        var line = cell.Line;
        cell.Remove(job);
        job.Cell = null;
        if (ReferenceEquals(_first[job.Lane], job))
        {
            (_first[job.Lane], _ordered) = (null, Unknown);
        }

        Count--;
        if (cell.Head is null)
        {
            Leave(cell);
        }

        if (--line.Count == 0 && _lines.Count > MostKept)
        {
            _lines.Remove(line.Key);
            _last = null;
        }
    }

    /// <summary>The cell to serve next of those that <paramref name="pass"/> has not looked at yet; null when none is left.</summary>
    /// <param name="pass">The dispatcher's count.</param>
    /// <param name="closed">Lanes that may not start anything now.</param>
    public Cell? Next(long pass, ReadOnlySpan<bool> closed)
    {
        foreach (var lane in Order())
        {
            if (closed[lane])
            {
                continue;
            }

            if (First(lane).Cell is { } first && first.Pass != pass)
            {
                return first;
            }

            Cell? best = null;
            foreach (var cell in _lanes[lane])
            {
                best = cell.Pass != pass && (best is null || Cell.Compare(cell.Head!, best.Head!) < 0) ? cell : best;
            }

            if (best is not null)
            {
                return best;
            }
        }

        return null;
    }

    /// <summary>The cells of a lane that hold jobs; in no order that means anything, and the same one every time.</summary>
    public List<Cell> CellsOf(int lane) => _lanes[lane];

    /// <summary>Has a pass look at no other cell of a lane that wants the same model: what holds for one holds for all.</summary>
    public void Skip(int lane, ModelId model, long pass)
    {
        foreach (var cell in _lanes[lane])
        {
            cell.Pass = cell.Line.Model == model ? pass : cell.Pass;
        }
    }

    /// <summary>Lanes with jobs, in service order; valid until the next call.</summary>
    public ReadOnlySpan<int> Order()
    {
        if (_ordered != Unknown)
        {
            return _order.AsSpan(0, _ordered);
        }

        var count = 0;
        for (var lane = 0; lane < _lanes.Length; lane++)
        {
            if (_lanes[lane].Count == 0)
            {
                continue;
            }

            var at = count++;
            while (at > 0 && Before(lane, _order[at - 1]))
            {
                _order[at] = _order[at - 1];
                at--;
            }

            _order[at] = lane;
        }

        _ordered = count;
        return _order.AsSpan(0, count);
    }

    /// <summary>Lanes are in order of priority already; what remains is ageing, and the age among equals.</summary>
    private bool Before(int lane, int other)
    {
        if (_tiers.Of(lane).Emergency || _tiers.Of(other).Emergency)
        {
            return _tiers.Of(lane).Emergency && !_tiers.Of(other).Emergency;
        }

        var (priority, others) = (_tiers.PriorityOf(lane), _tiers.PriorityOf(other));
        if (_ageing is not { } step)
        {
            return priority != others ? priority < others : Oldest(lane) < Oldest(other);
        }

        return Oldest(lane) + (step * priority) < Oldest(other) + (step * others);
    }

    private Instant Oldest(int lane) => First(lane).Queued;

    /// <summary>The job to be served first of a lane that has jobs.</summary>
    private JobState First(int lane)
    {
        if (_first[lane] is { } known)
        {
            return known;
        }

        JobState? first = null;
        foreach (var cell in _lanes[lane])
        {
            first = first is null || Cell.Compare(cell.Head!, first) < 0 ? cell.Head : first;
        }

        return _first[lane] = first!;
    }

    private void Leave(Cell cell)
    {
        var cells = _lanes[cell.Lane];
        var last = cells[^1];
        cells[cell.Index] = last;
        last.Index = cell.Index;
        cells.RemoveAt(cells.Count - 1);
        if (cells.Count == 0)
        {
            (_first[cell.Lane], _ordered) = (null, Unknown);
        }

        (cell.Index, cell.Pass) = (-1, 0);
    }

    /// <summary>A job's line is that of the job before it, as a rule.</summary>
    private Line LineOf(in LineKey key)
    {
        if (_last is { } last && last.Is(key))
        {
            return last;
        }

        if (!_lines.TryGetValue(key, out var line))
        {
            _lines[key] = line = new Line(key, _lanes.Length);
        }

        return _last = line;
    }

    private LineKey KeyOf(JobState job) => new(_linesByModel ? default(Batching.BatchKey) with { Model = job.Served, Quality = "" } : job.Key, job.Alone, job.FromStep);
}
