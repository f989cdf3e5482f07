using LoadLab.Model.Pipeline;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Replicas;

/// <summary>A batch between two stages that different replicas run.</summary>
/// <param name="Jobs">Those that were not cancelled.</param>
/// <param name="State">Of each of them.</param>
internal sealed record HandOver(IReadOnlyList<JobId> Jobs, BatchState State)
{
    public static HandOver Empty { get; } = new([], new BatchState(0, []));

    /// <summary>The same without jobs that are not asked for any more.</summary>
    public HandOver Of(IReadOnlyList<JobId> asked)
    {
        var kept = Enumerable.Range(0, Jobs.Count).Where(i => asked.Contains(Jobs[i])).ToList();
        return new HandOver([.. kept.Select(i => Jobs[i])], State with { Jobs = [.. kept.Select(i => State.Jobs[i])] });
    }
}
