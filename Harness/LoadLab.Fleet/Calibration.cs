using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet;

/// <summary>
/// Makes a profile from recorded runs: mean and scatter of whole, text, denoise and decode time by (model, shape, batch), memory law, cold start. The first batch
/// of each replica of each run is warm-up: left out of the means, and the difference kept as the first-call penalty.
/// </summary>
public static class Calibration
{
    /// <summary>Throws <see cref="InputException"/> for runs that measured nothing: simulated ones, or none with a completed call.</summary>
    public static ServiceProfile FromRuns(IReadOnlyList<RunFolder> runs, string name = "calibrated")
    {
        var manifests = runs.Select(run => run.ReadManifest()).ToList();
        Refuse(runs, manifests);
        var batches = runs.SelectMany((run, index) => MeasuredBatch.Of(run, index)).ToList();
        var steady = batches.Where(batch => !batch.WarmUp).ToList();
        var services = steady.GroupBy(batch => (batch.Model, batch.Shape, batch.Size)).Select(group => Entry(group.Key, [.. group]))
            .OrderBy(entry => entry.Model, StringComparer.Ordinal).ThenBy(entry => entry.Shape.Units).ThenBy(entry => entry.Batch).ToList();
        if (services.Count == 0)
        {
            throw new InputException(new Problem(runs.Count > 0 ? runs[0].FullPath : "runs", 0, "", null, "has no completed call after the first of each replica", "record a longer run"));
        }

        var real = manifests.All(manifest => manifest.Evidence == Words.Of(Evidence.Real));
        var colds = runs.Where(run => run.Has(RunFolder.DecisionsName)).SelectMany(run => JournalFacts.Of(run.File(RunFolder.DecisionsName)).ColdStarts).Select(span => span.Seconds).ToList();
        return new ServiceProfile
        {
            Name = name,
            Device = string.Join(" + ", manifests.Select(manifest => manifest.Device).Distinct()),
            Evidence = Words.Of(real ? Evidence.Real : Evidence.Emulated),
            Source = string.Create(CultureInfo.InvariantCulture, $"calibrated from {runs.Count} run(s) of {string.Join(", ", manifests.Select(manifest => manifest.Scenario).Distinct())}"),
            Assumptions = colds.Count == 0 ? ["No cold start was recorded."] : [],
            RealCalls = real ? batches.Sum(batch => batch.Size) : 0,
            Runs = [.. manifests.Select(manifest => manifest.ScheduleSha256)],
            WarmUpCalls = batches.Where(batch => batch.WarmUp).Sum(batch => batch.Size),
            Services = services,
            Memory = MemoryFit.Of(runs, batches),
            ColdStart = colds.Count > 0 ? SampledTime.Of(colds) : null,
            FirstCallPenaltyS = Penalty(batches, services),
            Error = MeanError(services),
        };
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

    private static ServiceEntry Entry((string Model, Shape Shape, int Size) key, List<MeasuredBatch> batches) => new()
    {
        Model = key.Model,
        Width = key.Shape.Width,
        Height = key.Shape.Height,
        Frames = key.Shape.Frames,
        Steps = key.Shape.Steps,
        Guided = key.Shape.Guided,
        Batch = key.Size,
        Whole = SampledTime.Of([.. batches.Select(batch => batch.Whole)]),
        Text = Stage(batches, batch => batch.Text),
        Denoise = Stage(batches, batch => batch.Denoise),
        Decode = Stage(batches, batch => batch.Decode),
        Error = HeldOut.Error([.. batches.Select(batch => (batch.Run, batch.Whole))]),
    };

    private static SampledTime? Stage(List<MeasuredBatch> batches, Func<MeasuredBatch, double?> part)
    {
        var all = batches.Select(part).ToList();
        return all.Contains(null) ? null : SampledTime.Of([.. all.Select(seconds => seconds!.Value)]);
    }

    private static double Penalty(List<MeasuredBatch> batches, List<ServiceEntry> services)
    {
        var means = services.ToDictionary(entry => (entry.Model, entry.Shape, entry.Batch), entry => entry.Whole.MeanS);
        var differences = batches.Where(batch => batch.WarmUp && means.ContainsKey((batch.Model, batch.Shape, batch.Size)))
            .Select(batch => batch.Whole - means[(batch.Model, batch.Shape, batch.Size)]).ToList();
        return differences.Count > 0 ? differences.Average() : 0;
    }

    private static double? MeanError(List<ServiceEntry> services)
    {
        var known = services.Where(entry => entry.Error is not null).ToList();
        var calls = known.Sum(entry => entry.Whole.Count);
        return calls == 0 ? null : known.Sum(entry => entry.Error!.Value * entry.Whole.Count) / calls;
    }
}
