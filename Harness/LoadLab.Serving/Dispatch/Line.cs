using LoadLab.Serving.Batching;

namespace LoadLab.Serving.Dispatch;

/// <summary>
/// What jobs of one line have in common. A job that must run alone stands in a line of its own kind, and jobs that go on from a denoise step in one with those that do from the
/// same: a batch has one first step.
/// </summary>
internal readonly record struct LineKey(BatchKey Key, bool Alone, int FromStep);

/// <summary>Waiting jobs that one batch may be made of, by lane.</summary>
internal sealed class Line(LineKey key, int lanes)
{
    public LineKey Key => key;

    public ModelId Model => key.Key.Model;

    public bool Is(in LineKey other) => key == other;

    /// <summary>By lane; null where none of its jobs ever waited.</summary>
    public Cell?[] Cells { get; } = new Cell?[lanes];

    public int Count { get; set; }

    /// <summary>The dispatcher's last count of placements at which the line, whoever stands first in it, had to wait.</summary>
    public long Waits { get; set; }
}

/// <summary>The jobs of one line in one lane, in service order: fair share's tag, then order of admission; delayed ones last.</summary>
internal sealed class Cell(Line line, int lane)
{
    public Line Line => line;

    public int Lane => lane;

    /// <summary>The first; null when empty.</summary>
    public JobState? Head => Jobs.First;

    /// <summary>Its place in the lane's list.</summary>
    public int Index { get; set; } = -1;

    /// <summary>The last pass of the dispatcher that looked at it.</summary>
    public long Pass { get; set; }

    public SortedJobs Jobs { get; } = new();

    public static int Compare(JobState a, JobState b)
    {
        var delayed = a.Delayed.CompareTo(b.Delayed);
        if (delayed != 0)
        {
            return delayed;
        }

        var tag = a.Tag.CompareTo(b.Tag);
        return tag != 0 ? tag : a.Sequence.CompareTo(b.Sequence);
    }

    public void Add(JobState job) => Jobs.Add(job);

    public void Remove(JobState job) => Jobs.Remove(job);
}
