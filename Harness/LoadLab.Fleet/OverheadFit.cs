using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet;

/// <summary>What calls waited for besides the model, from the stamps of recorded runs; robust means.</summary>
internal static class OverheadFit
{
    /// <summary>Null when no call tells any.</summary>
    /// <param name="runs">All of them.</param>
    /// <param name="batches">Those that count.</param>
    /// <param name="from">Calls intended before do not count.</param>
    public static Overheads? Of(IReadOnlyList<RunFolder> runs, IReadOnlyList<MeasuredBatch> batches, Instant from)
    {
        var calls = runs.SelectMany(run => run.ReadCalls()).Where(call => call.Outcome == Outcome.Completed && call.Intended >= from).ToList();
        var dispatch = runs.SelectMany((run, index) => Gaps([.. batches.Where(batch => batch.Run == index)], Window(run))).ToList();
        var overheads = new Overheads
        {
            Request = Time([.. calls.Select(call => call.Queued - call.Intended).OfType<Duration>()]),
            Answer = Time([.. calls.Select(call => call.Polled - call.Completed).OfType<Duration>()]),
            Dispatch = Time(dispatch),
        };
        return overheads == new Overheads() ? null : overheads;
    }

    /// <summary>From the end of one batch to the start of the next of the same replica, where every job of the next waited already and its batching had nothing left to wait for.</summary>
    private static IEnumerable<Duration> Gaps(List<MeasuredBatch> batches, Duration window) =>
        from replica in batches.GroupBy(batch => batch.Replica)
        let inOrder = replica.OrderBy(batch => batch.Started).ToList()
        from pair in inOrder.Zip(inOrder.Skip(1))
        where pair.Second.LastQueued is { } last && pair.Second.FirstQueued is { } first && last <= pair.First.Ended && first + window <= pair.First.Ended
        select pair.Second.Started - pair.First.Ended;

    /// <summary>The longest that a batch may be held back on purpose.</summary>
    private static Duration Window(RunFolder run)
    {
        if (!run.Has(RunFolder.DecisionsName))
        {
            return Duration.Zero;
        }

        using var journal = JournalReader.Open(run.File(RunFolder.DecisionsName));
        var batching = journal.Header.Serving.Batching;
        return batching.Kind == BatchingKind.None ? Duration.Zero : batching.Window > batching.Delay ? batching.Window : batching.Delay;
    }

    /// <summary>Clocks of two processes may leave a call a little before it came.</summary>
    private static SampledTime? Time(List<Duration> times)
    {
        if (times.Count == 0)
        {
            return null;
        }

        var (mean, count) = Outliers.Mean([.. times.Select(time => Math.Max(0, time.Seconds))]);
        return new SampledTime { MeanS = mean, Count = count };
    }
}
