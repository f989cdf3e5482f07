using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet.Design;

/// <summary>One draw of designed and of random calls from the same pool.</summary>
/// <param name="Number">From 0.</param>
/// <param name="Designed">What the designed calls' profile misses of the scenario's figures.</param>
/// <param name="Random">The same of as much time of random calls; infinite when their profile cannot tell.</param>
public sealed record DesignTrial(int Number, DesignMiss Designed, DesignMiss Random)
{
    public bool Won => Designed.Size < Random.Size;
}

/// <summary>Relative errors of a profile's figures against those of the whole pool.</summary>
/// <param name="P95">Of the scenario's p95.</param>
/// <param name="Work">Of the GPU-seconds of a call.</param>
public sealed record DesignMiss(double P95, double Work)
{
    /// <summary>Root of the mean square of both.</summary>
    public double Size => Math.Sqrt(((P95 * P95) + (Work * Work)) / 2);
}

/// <summary>Whether designed calls beat random ones: both drawn, to the same measured GPU-time, from a pool of measured batches of every cell, each calibrated, and each asked the scenario's figures.</summary>
public static class DesignProof
{
    /// <summary>Throws <see cref="InputException"/> for runs without a batch of some cell.</summary>
    public static IReadOnlyList<DesignTrial> FromRuns(IReadOnlyList<RunFolder> runs, ScenarioFigures figures, CallDesign design, int trials, Seed seed)
    {
        var (batches, _) = TextCacheFit.Of([.. runs.SelectMany((run, index) => MeasuredBatch.Of(run, index))]);
        return Of([.. batches.Where(batch => !batch.WarmUp)], Calibration.FromRuns(runs), figures, design, trials, seed);
    }

    /// <param name="pool">Measured batches, at least one of every candidate.</param>
    /// <param name="truth">The profile whose figures are right.</param>
    /// <param name="figures">The scenario.</param>
    /// <param name="design">The calls to judge.</param>
    /// <param name="trials">Draws.</param>
    /// <param name="seed">Of the draws.</param>
    internal static IReadOnlyList<DesignTrial> Of(IReadOnlyList<MeasuredBatch> pool, ServiceProfile truth, ScenarioFigures figures, CallDesign design, int trials, Seed seed)
    {
        var cells = pool.GroupBy(batch => new DesignCell(batch.Model, batch.Shape, batch.Size)).ToDictionary(group => group.Key, group => group.ToList());
        var lacking = design.Candidates.Where(candidate => !cells.ContainsKey(candidate.Cell)).ToList();
        if (lacking.Count > 0)
        {
            throw new InputException([.. lacking.Select(candidate => new Problem("runs", 0, "", candidate.Cell.ToString(), "was never played", "record a pool of every cell: calibrate --design SCENARIO --repeats 30 -o POOL"))]);
        }

        var right = figures.Of(truth);

        // Both spend the same time as the pool measured it, whatever the prior expected of a cell.
        var prices = cells.ToDictionary(pair => pair.Key, pair => pair.Value.Average(batch => batch.Whole));
        var candidates = design.Candidates.Select(candidate => candidate with { Seconds = prices[candidate.Cell], GpuSeconds = prices[candidate.Cell] * (candidate.WarmUp + candidate.Repeats) }).ToList();
        var budget = candidates.Sum(candidate => candidate.Seconds * candidate.WarmUp) + design.Cells.Sum(cell => cell.Repeats * prices[cell.Cell]);
        return
        [
            .. Enumerable.Range(0, trials).Select(number => new DesignTrial(
                number,
                Miss(design.Cells.Select(cell => (cell.Cell, cell.Repeats)), seed.Derive("designed").Derive(number)),
                Miss(CallDesign.Random(candidates, budget, seed.Derive("random").Derive(number)), seed.Derive("drawn").Derive(number)))),
        ];

        DesignMiss Miss(IEnumerable<(DesignCell Cell, int Repeats)> calls, Seed draw)
        {
            var drawn = calls.SelectMany(call => Draw(cells[call.Cell], call.Repeats, draw.Derive(call.Cell.ToString()).Stream("batches"))).ToList();
            var (services, laws) = Calibration.Times(MeasuredCell.Of(drawn));
            try
            {
                var told = figures.Of(truth with { Services = services, StageLaws = laws });
                return new DesignMiss((told.P95 / right.P95) - 1, (told.WorkPerCall / right.WorkPerCall) - 1);
            }
            catch (InputException)
            {
                return new DesignMiss(double.PositiveInfinity, double.PositiveInfinity);
            }
        }
    }

    /// <summary>Without putting back while the pool lasts.</summary>
    private static IEnumerable<MeasuredBatch> Draw(List<MeasuredBatch> pool, int times, RandomStream draws)
    {
        var left = new List<MeasuredBatch>();
        for (var i = 0; i < times; i++)
        {
            if (left.Count == 0)
            {
                left.AddRange(pool);
            }

            var at = draws.NextInt(left.Count);
            yield return left[at];
            left.RemoveAt(at);
        }
    }
}
