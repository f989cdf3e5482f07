using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet;

/// <summary>
/// Makes a profile from recorded runs: mean and scatter of every (model, shape, batch) that was measured often enough, a law by stage for the shapes between, memory,
/// cold start and overheads. The first batch after each load of a model is warm-up: left out of the means, and the difference kept as the first-call penalty. Outliers
/// are set aside and counted.
/// </summary>
public static class Calibration
{
    /// <summary>Throws <see cref="InputException"/> for runs that measured nothing: simulated ones, or none with a completed call.</summary>
    /// <param name="runs">Live runs, each once.</param>
    /// <param name="name">Of the profile.</param>
    /// <param name="command">What was typed, for the profile's provenance.</param>
    /// <param name="version">Of LoadLab; null = those that recorded the runs.</param>
    /// <param name="warmUp">At the start of each run, in which the server's code is compiled: its batches count for memory alone, its loads and first batches only where no later one is.</param>
    public static ServiceProfile FromRuns(IReadOnlyList<RunFolder> runs, string name = "calibrated", string command = "", string? version = null, Duration warmUp = default)
    {
        var manifests = runs.Select(run => run.ReadManifest()).ToList();
        Refuse(runs, manifests);
        var from = Instant.Zero + warmUp;
        var (all, textCache) = TextCacheFit.Of([.. runs.SelectMany((run, index) => MeasuredBatch.Of(run, index))]);
        var batches = all.Where(batch => batch.Started >= from).ToList();
        var cells = MeasuredCell.Of(batches.Where(batch => !batch.WarmUp));
        if (cells.Count == 0)
        {
            throw new InputException(new Problem(runs.Count > 0 ? runs[0].FullPath : "runs", 0, "", null, "has no completed call after the warm-up and the first of each replica", "record a longer run"));
        }

        var real = manifests.All(manifest => manifest.Evidence == Words.Of(Evidence.Real));
        var loads = runs.Where(run => run.Has(RunFolder.DecisionsName)).SelectMany(run => JournalFacts.Of(run.File(RunFolder.DecisionsName)).Loads).ToList();
        var colds = Later(loads, load => load.To >= from).Select(load => load.Length.Seconds).ToList();
        var times = Times(cells);
        return new ServiceProfile
        {
            Name = name,
            Device = string.Join(" + ", manifests.Select(manifest => manifest.Device).Distinct()),
            Evidence = Words.Of(real ? Evidence.Real : Evidence.Emulated),
            Source = string.Create(CultureInfo.InvariantCulture, $"calibrated from {runs.Count} run(s) of {string.Join(", ", manifests.Select(manifest => manifest.Scenario).Distinct())}"),
            Command = command,
            Version = version ?? string.Join(", ", manifests.Select(manifest => manifest.Version).Distinct()),
            Measured = Dates(manifests),
            Assumptions = colds.Count == 0 ? ["No cold start was recorded."] : [],
            RealCalls = real ? all.Sum(batch => batch.Size) : 0,
            Runs = [.. manifests.Select(manifest => manifest.ScheduleSha256)],
            WarmUpCalls = all.Where(batch => batch.WarmUp || batch.Started < from).Sum(batch => batch.Size),
            Services = times.Services,
            StageLaws = times.Laws,
            Memory = MemoryFit.Of(runs, all),
            ColdStart = colds.Count > 0 ? SampledTime.Of(colds) : null,
            FirstCallPenaltyS = Penalty(Later([.. all.Where(batch => batch.WarmUp)], batch => batch.Started >= from), cells, times.Laws),
            Overheads = OverheadFit.Of(runs, batches, from),
            TextCache = textCache,
            Error = MeanError(times.Services),
        };
    }

    /// <summary>The entries of the cells that are known at least as well as their law, and the laws.</summary>
    internal static (List<ServiceEntry> Services, List<StageLaw> Laws) Times(IReadOnlyList<MeasuredCell> cells)
    {
        var (services, laws) = (new List<ServiceEntry>(), new List<StageLaw>());
        foreach (var model in cells.GroupBy(cell => cell.Model))
        {
            var all = model.ToList();
            var often = all.Where(cell => cell.Batches.Count >= Outliers.Least).ToList();
            if (often.Count > 1)
            {
                var usual = StageFit.Fit(often);
                all = [.. all.Select(cell => cell.Judged(usual)).OfType<MeasuredCell>()];
            }

            var law = StageFit.Of(all)!;
            laws.Add(law);
            var scatter = StageFit.Scatter(all);
            services.AddRange(all.Where(cell => law.HeldOutError is not { } error || cell.StandardError(scatter) <= error).Select(Entry));
        }

        return (services, laws);
    }

    /// <summary>Those after the warm-up; all where none is.</summary>
    private static List<T> Later<T>(List<T> all, Func<T, bool> isLater) => all.Where(isLater).ToList() is { Count: > 0 } later ? later : all;

    private static string Dates(List<RunManifest> manifests)
    {
        var days = manifests.Select(manifest => manifest.StartedUtc.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)).Order(StringComparer.Ordinal).ToList();
        return days[0] == days[^1] ? days[0] : $"{days[0]}..{days[^1]}";
    }

    private static void Refuse(IReadOnlyList<RunFolder> runs, List<RunManifest> manifests)
    {
        var problems = new Problems();
        for (var i = 0; i < runs.Count; i++)
        {
            if (manifests[i].Evidence == Words.Of(Evidence.Simulated))
            {
                problems.Add(new Problem(runs[i].FullPath, 0, "evidence", "simulated", "measured nothing", "calibrate from runs against a live target"));
            }
        }

        foreach (var again in runs.Zip(manifests, (run, manifest) => (run, manifest)).GroupBy(pair => (pair.manifest.ScheduleSha256, pair.manifest.StartedUtc)).SelectMany(group => group.Skip(1)))
        {
            problems.Add(new Problem(again.run.FullPath, 0, "", null, "is given twice", "its calls count once: give each run one time"));
        }

        problems.ThrowIfAny();
    }

    private static ServiceEntry Entry(MeasuredCell cell) => new()
    {
        Model = cell.Model,
        Width = cell.Shape.Width,
        Height = cell.Shape.Height,
        Frames = cell.Shape.Frames,
        Steps = cell.Shape.Steps,
        Guided = cell.Shape.Guided,
        Batch = cell.Size,
        Whole = SampledTime.Of([.. cell.Batches.Select(batch => batch.Whole)]),
        Text = Stage(cell.Text, cell),
        Denoise = Stage(cell.Denoise, cell),
        Decode = Stage(cell.Decode, cell),
        Outliers = cell.Outliers,
        Error = HeldOut.Error([.. cell.Batches.Select(batch => (batch.Run, batch.Whole))]),
    };

    /// <summary>Single stages are not drawn: their share of the whole is what a simulation asks.</summary>
    private static SampledTime? Stage(double? mean, MeasuredCell cell) => mean is { } seconds ? new SampledTime { Count = cell.Batches.Count, MeanS = seconds } : null;

    /// <summary>A first batch of a size or shape that never came again is held against the law.</summary>
    private static double Penalty(List<MeasuredBatch> firsts, IReadOnlyList<MeasuredCell> cells, List<StageLaw> laws)
    {
        var means = cells.ToDictionary(cell => (cell.Model, cell.Shape, cell.Size), cell => cell.Whole);
        double? Usual(MeasuredBatch batch) => means.TryGetValue((batch.Model, batch.Shape, batch.Size), out var mean) ? mean
            : laws.FirstOrDefault(law => law.Model == batch.Model)?.Unbounded(batch.Shape, batch.Size).Whole.MeanS;
        var differences = firsts.Select(batch => batch.Whole - Usual(batch)).OfType<double>().ToList();
        return differences.Count > 0 ? differences.Average() : 0;
    }

    private static double? MeanError(List<ServiceEntry> services)
    {
        var known = services.Where(entry => entry.Error is not null).ToList();
        var calls = known.Sum(entry => entry.Whole.Count);
        return calls == 0 ? null : known.Sum(entry => entry.Error!.Value * entry.Whole.Count) / calls;
    }
}
