using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet.Design;

/// <summary>
/// Which calls to spend a budget of GPU-time on, so that a scenario's p95 and work come out least wrong: at every step the batch that shrinks their predicted variance
/// most for its time. The cheapest batch of each model is played once before them and priced as well: it warms the server up, and calibration leaves it out. How far p95 and work hang on a cell is found by simulating the scenario with that cell slower and
/// faster, everything else being equal.
/// </summary>
public sealed record CallDesign
{
    /// <summary>Relative change of a cell's mean for its sensitivity.</summary>
    private const double Nudge = 0.05;

    /// <summary>Scatter of single times where the profile tells none, and the least that is believed.</summary>
    private const double UsualScatter = 0.05;
    private const double LeastScatter = 0.01;

    private const int RandomDraws = 20;

    /// <summary>A cell is measured at least twice: one time alone cannot be told from an outlier.</summary>
    private const int LeastRepeats = 2;

    /// <summary>Seconds of GPU-time.</summary>
    public required double Budget { get; init; }

    /// <summary>Of it, what the calls are expected to take.</summary>
    public required double Spent { get; init; }

    /// <summary>Cells that are played, in the order in which they were chosen.</summary>
    public required IReadOnlyList<PlannedCell> Cells { get; init; }

    /// <summary>Every cell that the scenario may bring, as <see cref="Random"/> draws from them.</summary>
    public required IReadOnlyList<PlannedCell> Candidates { get; init; }

    /// <summary>Predicted relative standard errors of the scenario's figures before these calls, after them, and after as much time of calls drawn at random.</summary>
    public required DesignError Before { get; init; }

    public required DesignError After { get; init; }

    public required DesignError AfterRandom { get; init; }

    /// <summary>Throws <see cref="InputException"/> for a budget that does not measure every edge of what the scenario needs.</summary>
    /// <param name="figures">The scenario.</param>
    /// <param name="prior">What is known so far: measured, published or a law of operations.</param>
    /// <param name="budget">Seconds of GPU-time; above 0.</param>
    /// <param name="seed">Of the random calls compared with.</param>
    /// <param name="repeats">Every candidate that often, whatever the budget; null = as designed.</param>
    public static CallDesign Of(ScenarioFigures figures, ServiceProfile prior, double budget, Seed seed, int? repeats = null)
    {
        var plan = Plan.Of(figures, prior);
        var before = plan.Error();
        if (repeats is { } even)
        {
            plan.Even(even);
            budget = plan.Spent;
        }
        else
        {
            plan.Cover(budget);
            plan.Spend(budget);
        }

        var candidates = plan.Planned(onlyChosen: false);
        return new CallDesign
        {
            Budget = budget,
            Spent = plan.Spent,
            Cells = plan.Planned(onlyChosen: true),
            Candidates = candidates,
            Before = before,
            After = plan.Error(),
            AfterRandom = AtRandom(figures, prior, candidates, budget, seed),
        };
    }

    /// <summary>The same warm-up, then batches of cells drawn evenly at random until the budget is spent.</summary>
    public static IReadOnlyList<(DesignCell Cell, int Repeats)> Random(IReadOnlyList<PlannedCell> candidates, double budget, Seed seed)
    {
        var draws = seed.Stream("random-calls");
        var repeats = new int[candidates.Count];
        for (var left = budget - candidates.Sum(candidate => candidate.WarmUp * Price(candidate)); ;)
        {
            var affordable = Enumerable.Range(0, candidates.Count).Where(index => Price(candidates[index]) <= left).ToList();
            if (affordable.Count == 0)
            {
                return [.. candidates.Select((candidate, index) => (candidate.Cell, repeats[index])).Where(pair => pair.Item2 > 0)];
            }

            var chosen = affordable[draws.NextInt(affordable.Count)];
            left -= Price(candidates[chosen]);
            repeats[chosen]++;
        }

        static double Price(PlannedCell cell) => cell.GpuSeconds / (cell.Repeats + cell.WarmUp);
    }

    /// <summary>The square root of the mean predicted variance over some draws.</summary>
    private static DesignError AtRandom(ScenarioFigures figures, ServiceProfile prior, IReadOnlyList<PlannedCell> candidates, double budget, Seed seed)
    {
        var plan = Plan.Of(figures, prior);
        var errors = Enumerable.Range(0, RandomDraws).Select(draw => plan.ErrorAfter(Random(candidates, budget, seed.Derive(draw)))).ToList();
        return new DesignError(Math.Sqrt(errors.Average(error => error.P95 * error.P95)), Math.Sqrt(errors.Average(error => error.Work * error.Work)));
    }

    /// <summary>The state of the search.</summary>
    private sealed class Plan
    {
        private readonly List<DesignCell> _cells;
        private readonly double[] _seconds;
        private readonly double[] _scatter;
        private readonly int[] _known;
        private readonly double[] _p95;
        private readonly double[] _work;
        private readonly int _gpus;
        private readonly int[] _repeats;
        private readonly List<int> _order = [];
        private readonly List<int> _warmUps;
        private readonly Belief _belief;

        private Plan(List<DesignCell> cells, double[] seconds, double[] scatter, int[] known, double[] p95, double[] work, int gpus)
        {
            (_cells, _seconds, _scatter, _known, _p95, _work, _gpus) = (cells, seconds, scatter, known, p95, work, gpus);
            _repeats = new int[cells.Count];
            _warmUps = [.. Enumerable.Range(0, cells.Count).GroupBy(cell => cells[cell].Model).Select(model => model.MinBy(cell => seconds[cell]))];
            _belief = Believed();
        }

        public double Spent => _repeats.Select((repeats, cell) => (repeats + WarmUpOf(cell)) * PriceOf(cell)).Sum();

        public static Plan Of(ScenarioFigures figures, ServiceProfile prior)
        {
            var cells = figures.Shapes.SelectMany(pair => Enumerable.Range(1, figures.MaxBatch).Select(batch => new DesignCell(pair.Model, pair.Shape, batch))).ToList();
            var times = new ProfileTimes(prior);
            var found = cells.Select(cell => times.Find(cell.Model, cell.Shape, cell.Batch) ?? throw new InputException(new Problem($"profile {prior.Name}", 0, "services", cell.ToString(), "is not in the profile", $"it knows {prior.Known()}; give another --profile, or none"))).ToList();
            var profile = prior with { Services = [.. cells.Zip(found, Entry)], StageLaws = [], Laws = [] };
            var figured = figures.Of(profile);
            var total = figured.Work.Values.Sum();
            var work = cells.Select(cell => figured.Work.GetValueOrDefault(cell) / total).ToArray();
            var p95 = cells.Select((_, index) => work[index] > 0 ? Sensitivity(figures, profile, index, figured.SmoothP95) : 0).ToArray();
            var known = cells.Select(cell => prior.Services.FirstOrDefault(entry => (entry.Model, entry.Shape, entry.Batch) == (cell.Model, cell.Shape, cell.Batch))?.Whole.Count ?? 0).ToArray();
            return new Plan(cells, [.. found.Select(time => time.Whole.MeanS)], [.. found.Select(ScatterOf)], known, p95, work, Math.Max(1, prior.Services.Select(entry => entry.Gpus).DefaultIfEmpty(1).Max()));
        }

        public DesignError Error() => new(Math.Sqrt(Math.Max(0, _belief.Variance(_p95))), Math.Sqrt(Math.Max(0, _belief.Variance(_work))));

        public DesignError ErrorAfter(IReadOnlyList<(DesignCell Cell, int Repeats)> calls)
        {
            var belief = Believed();
            foreach (var (cell, repeats) in calls)
            {
                belief.Measure(_cells.IndexOf(cell), repeats);
            }

            return new DesignError(Math.Sqrt(Math.Max(0, belief.Variance(_p95))), Math.Sqrt(Math.Max(0, belief.Variance(_work))));
        }

        /// <summary>A profile answers inside what was measured and nowhere else: the cheapest cells of every edge of what may come up are measured first, whether or not it came up at the prior's speed.</summary>
        public void Cover(double budget)
        {
            foreach (var model in _cells.Select(cell => cell.Model).Distinct())
            {
                var needed = Enumerable.Range(0, _cells.Count).Where(cell => _cells[cell].Model == model).ToList();
                Func<int, double>[] sides = [cell => StageLaw.TokensOf(_cells[cell].Shape, 16), cell => _cells[cell].Shape.Steps, cell => _cells[cell].Shape.Frames, cell => _cells[cell].Batch];
                foreach (var side in sides)
                {
                    CoverOne(needed, side, needed.Min(side));
                    CoverOne(needed, side, needed.Max(side));
                }
            }

            if (Spent > budget)
            {
                throw new InputException(new Problem("command line", 0, "--budget", budget.ToString("0.###", CultureInfo.InvariantCulture) + " gpu-s", $"does not measure every edge of what the scenario needs: {string.Join("; ", _order.Select(cell => _cells[cell]))}",
                    string.Create(CultureInfo.InvariantCulture, $"give at least {Math.Ceiling(Spent)}gpu-s")));
            }
        }

        public void Even(int repeats)
        {
            for (var cell = 0; cell < _cells.Count; cell++)
            {
                Choose(cell, repeats);
            }
        }

        public void Spend(double budget)
        {
            while (Next(budget - Spent) is { } next)
            {
                Choose(next.Cell, next.Times);
            }
        }

        public IReadOnlyList<PlannedCell> Planned(bool onlyChosen) =>
        [
            .. (onlyChosen ? _warmUps.Union(_order) : Enumerable.Range(0, _cells.Count)).Select(cell => new PlannedCell
            {
                Model = _cells[cell].Model,
                Width = _cells[cell].Shape.Width,
                Height = _cells[cell].Shape.Height,
                Frames = _cells[cell].Shape.Frames,
                Steps = _cells[cell].Shape.Steps,
                Guided = _cells[cell].Shape.Guided,
                Batch = _cells[cell].Batch,
                Repeats = Math.Max(onlyChosen ? 0 : 1, _repeats[cell]),
                WarmUp = WarmUpOf(cell),
                Seconds = _seconds[cell],
                GpuSeconds = PriceOf(cell) * (WarmUpOf(cell) + Math.Max(onlyChosen ? 0 : 1, _repeats[cell])),
                WorkShare = _work[cell],
                P95Sensitivity = _p95[cell],
                Known = _known[cell],
            }),
        ];

        private void CoverOne(List<int> needed, Func<int, double> side, double edge)
        {
            var there = needed.Where(cell => side(cell) == edge).ToList();
            if (!there.Any(cell => _repeats[cell] > 0 || _known[cell] > 0))
            {
                Choose(there.MinBy(PriceOf), LeastRepeats);
            }
        }

        /// <summary>The step of most variance for its price; steps grow with what a cell has, so that a large budget takes few. Null when nothing more can be paid.</summary>
        private (int Cell, int Times)? Next(double left)
        {
            (int Cell, int Times)? best = null;
            var most = 0.0;
            for (var cell = 0; cell < _cells.Count; cell++)
            {
                var opened = _repeats[cell] > 0;
                foreach (var times in opened ? [Math.Max(1, _repeats[cell] / 32), 1] : (ReadOnlySpan<int>)[LeastRepeats, 2 * LeastRepeats])
                {
                    var price = PriceOf(cell) * times;
                    var rate = (_belief.Gain(_p95, cell, times) + _belief.Gain(_work, cell, times)) / price;
                    if (price <= left && rate > most * (1 + 1e-12))
                    {
                        (best, most) = ((cell, times), rate);
                    }
                }
            }

            return best;
        }

        private void Choose(int cell, int times)
        {
            if (_repeats[cell] == 0)
            {
                _order.Add(cell);
            }

            _repeats[cell] += times;
            _belief.Measure(cell, times);
        }

        private int WarmUpOf(int cell) => _warmUps.Contains(cell) ? 1 : 0;

        private double PriceOf(int cell) => _seconds[cell] * _gpus;

        private Belief Believed()
        {
            var belief = new Belief(_cells, _scatter);
            for (var cell = 0; cell < _cells.Count; cell++)
            {
                if (_known[cell] > 0)
                {
                    belief.Measure(cell, _known[cell]);
                }
            }

            return belief;
        }

        private static double Sensitivity(ScenarioFigures figures, ServiceProfile profile, int index, double middle)
        {
            double At(double factor) => figures.Of(profile with { Services = [.. profile.Services.Select((entry, i) => i == index ? Scaled(entry, factor) : entry)] }).SmoothP95;
            var slope = (At(1 + Nudge) - At(1 - Nudge)) / (2 * Nudge * middle);
            return double.IsFinite(slope) ? slope : 0;
        }

        private static ServiceEntry Scaled(ServiceEntry entry, double factor) => entry with
        {
            Whole = Scaled(entry.Whole, factor)!,
            Text = Scaled(entry.Text, factor),
            Denoise = Scaled(entry.Denoise, factor),
            Decode = Scaled(entry.Decode, factor),
        };

        private static SampledTime? Scaled(SampledTime? time, double factor) => time is null ? null : time with { MeanS = time.MeanS * factor };

        private static ServiceEntry Entry(DesignCell cell, ServiceTime time) => new()
        {
            Model = cell.Model,
            Width = cell.Shape.Width,
            Height = cell.Shape.Height,
            Frames = cell.Shape.Frames,
            Steps = cell.Shape.Steps,
            Guided = cell.Shape.Guided,
            Batch = cell.Batch,
            Whole = time.Whole,
            Text = Part(time, time.TextShare),
            Denoise = Part(time, time.DenoiseShare),
        };

        private static SampledTime? Part(ServiceTime time, double? share) => share is { } known ? new SampledTime { MeanS = time.Whole.MeanS * known } : null;

        private static double ScatterOf(ServiceTime time) => time.Whole.Ratios.Count < 2
            ? UsualScatter
            : Math.Max(LeastScatter, Math.Sqrt(time.Whole.Ratios.Average(ratio => (ratio - 1) * (ratio - 1))));
    }
}

/// <summary>Relative standard errors of a scenario's figures.</summary>
/// <param name="P95">Of its p95.</param>
/// <param name="Work">Of the GPU-seconds of a call: the cost.</param>
public sealed record DesignError(double P95, double Work);
