using System.Collections.Concurrent;
using System.Diagnostics;
using LoadLab.Core;

namespace LoadLab.Planning.Theory;

/// <summary>
/// Plays the rows: several independent runs each, from an empty system, of which the first seventeenth is warm-up and the rest sixteen batches in order of arrival;
/// what arrives while the system empties at the end belongs to the last batch's tail and is left out. Runs go to threads; the findings do not depend on how many.
/// </summary>
public static class TheoryPlay
{
    /// <summary>One for all rows: every row's run k meets the same stream k. Changed for no row.</summary>
    public const ulong CommonSeed = 20260105;

    private const int RunBatches = 16;

    /// <summary>Calls at the end of each run that belong to no batch: they end in a system that nobody enters any more.</summary>
    private const int Tail = 500;

    /// <param name="rows">What to play.</param>
    /// <param name="precision">How exactly.</param>
    /// <param name="threads">Runs at a time.</param>
    /// <param name="played">Told each row that is done, and how long its runs took together; called from any thread, one at a time.</param>
    /// <param name="stop">Ends it early.</param>
    public static IReadOnlyList<TheoryFinding> Play(IReadOnlyList<TheoryRow> rows, TheoryPrecision precision, int threads, Action<TheoryRow, TimeSpan>? played = null, CancellationToken stop = default)
    {
        var counts = rows.Select(row => new BatchCounts[precision.Runs][]).ToArray();
        var open = rows.Select(_ => precision.Runs).ToArray();
        var took = new TimeSpan[rows.Count];
        var told = new Lock();
        var work = Enumerable.Range(0, rows.Count).Where(row => rows[row].Station is not null)
            .OrderByDescending(row => rows[row].Thousands)
            .SelectMany(row => Enumerable.Range(0, precision.Runs).Select(run => (row, run)));
        // One at a time, the longest first: no thread is left with a long row at the end.
        Parallel.ForEach(Partitioner.Create(work, EnumerablePartitionerOptions.NoBuffering), new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = stop }, item =>
        {
            var (row, run) = item;
            var clock = Stopwatch.StartNew();
            counts[row][run] = PlayRun(rows[row], run);
            lock (told)
            {
                took[row] += clock.Elapsed;
                if (--open[row] == 0)
                {
                    played?.Invoke(rows[row], took[row]);
                }
            }
        });
        return [.. rows.SelectMany((row, i) => Findings(row, counts[i], precision))];
    }

    private static BatchCounts[] PlayRun(TheoryRow row, int run)
    {
        var calls = row.Thousands * 1000;
        var length = (calls - Tail) / (RunBatches + 1);
        var counts = row.Oracles.Where(oracle => oracle.Measure is not null).Select(oracle => BatchCounts.Of(oracle.Measure!, RunBatches)).ToArray();
        row.Station!.Play(calls, new Seed(CommonSeed).Derive(run), call =>
        {
            var batch = (call.Index / length) - 1;
            if (batch is >= 0 and < RunBatches)
            {
                foreach (var count in counts)
                {
                    count.Add(batch, call);
                }
            }
        });
        return counts;
    }

    private static IEnumerable<TheoryFinding> Findings(TheoryRow row, BatchCounts[][] runs, TheoryPrecision precision)
    {
        var calls = (long)precision.Runs * RunBatches * (((row.Thousands * 1000) - Tail) / (RunBatches + 1));
        var measure = 0;
        foreach (var oracle in row.Oracles)
        {
            if (row.Station is null || oracle.Measure is null)
            {
                yield return new TheoryFinding(row.Group, row.Name, oracle, 0, null, precision.Of(oracle));
                continue;
            }

            var place = measure++;
            var counts = runs.Select(run => run[place]).ToList();
            yield return new TheoryFinding(row.Group, row.Name, oracle, calls, counts[0].Estimate(counts), precision.Of(oracle));
        }
    }
}
