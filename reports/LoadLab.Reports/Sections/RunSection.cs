using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Planning;

namespace LoadLab.Reports;

/// <summary>One run on the page: what was planned and sent, what became of it, what the machine did meanwhile. Reads files only; works on a partial folder.</summary>
internal static class RunSection
{
    private const int MostReasons = 40;

    public static void Add(HtmlPage page, RunFolder folder)
    {
        var manifest = folder.ReadManifest();
        var calls = folder.ReadCalls();
        var samples = folder.ReadSamples();
        var time = new TimeAxis(EndOf(calls, samples));
        page.Section($"Run: {manifest.Scenario}");
        page.Evidence(manifest.Evidence, Behind(manifest, RunSummary.Of(manifest, calls, SloOptions.None).RealCalls));
        Doubts(page, manifest, folder);
        QualityTable.Add(page, manifest);
        page.Tiles(Tiles(manifest, calls));
        page.Plot(CallPlots.Arrivals(calls, time));
        page.Plot(CallPlots.Latency(calls, time));
        page.Plot(CallPlots.Distribution(calls));
        Sampled(page, samples, time);
        ObservedSection.Add(page, samples, time);
        if (manifest.Evidence != "simulated" && calls.Any(call => call.Lateness is not null))
        {
            page.Plot(CallPlots.Lateness(calls, time));
        }

        Outcomes(page, calls);
        StageTable.Add(page, calls);
        RulesTable.Add(page, folder);
        page.Fold("Manifest", File.ReadAllText(folder.File(RunManifest.Name)));
    }

    private static string Behind(RunManifest manifest, int realCalls) => manifest.Evidence switch
    {
        "real" => $"Behind these numbers stand {realCalls} real calls on {manifest.Device}. {manifest.Parts}",
        "emulated" => $"Behind these numbers stand {realCalls} real calls, those of the profile ({manifest.Device}); the replicas of this run waited its times. {manifest.Parts}",
        _ => $"Behind these numbers stand {realCalls} real calls, those of the profile ({manifest.Device}); none of the {manifest.Planned} calls below ran on a device. {manifest.Parts}",
    };

    /// <summary>What a reader must know before believing the rest.</summary>
    private static void Doubts(HtmlPage page, RunManifest manifest, RunFolder folder)
    {
        var partial = manifest.Status switch
        {
            "running" => "Partial: the process that recorded this run did not end it. What it had recorded is shown; calls without a row count as unfinished.",
            "interrupted" => "Partial: this run was interrupted. Calls without an end count as unfinished.",
            "failed" => "This run failed; its numbers describe a failed run.",
            _ => null,
        };
        if (partial is not null)
        {
            page.Warning(partial);
        }

        if (manifest.Verdict is { } verdict)
        {
            Action<string> tell = manifest.Quality is { LatenessPassed: false } ? page.Warning : page.Text;
            tell(verdict);
        }

        if (manifest.Evidence != "simulated" && !folder.Has(SamplesFile.ServerName))
        {
            page.Note($"The server left no {SamplesFile.ServerName}, as with a remote target: its queue, replicas and memory were not seen from inside.");
        }
    }

    private static IEnumerable<(string Name, string Value, string Under)> Tiles(RunManifest manifest, IReadOnlyList<CallRecord> calls)
    {
        var completed = calls.Count(call => call.Outcome == Outcome.Completed);
        var latencies = calls.Select(call => call.Latency?.Seconds ?? double.PositiveInfinity).Order().ToList();
        yield return ("calls completed", $"{completed} / {calls.Count}", "of planned");
        foreach (var (name, share) in new[] { ("p50 latency", 0.5), ("p95 latency", 0.95), ("p99 latency", 0.99) })
        {
            yield return (name, Show.Seconds(Percentile.OfSorted(latencies, share)), $"over {calls.Count} planned");
        }

        if (manifest.Evidence != "simulated" && manifest.Quality is { } quality)
        {
            yield return ("p99 lateness", Show.Seconds(quality.LatenessP99Ms / 1e3), $"gate {Show.Seconds(quality.LatenessGateMs / 1e3)}: {(quality.LatenessPassed ? "passed" : "failed")}");
        }
    }

    private static void Sampled(HtmlPage page, IReadOnlyList<Sample> samples, TimeAxis time)
    {
        var plots = SampledPlots.Of(samples, time).ToList();
        foreach (var plot in plots)
        {
            page.Plot(plot);
            if (plot.Title == SampledPlots.Utilisation)
            {
                page.Note("Busy share: time in which a replica worked over the time in which it was there. Host CPU: all processors of the machine; a replica that polls while it has no work (target.busyPoll) counts there, and is not busy. Kernel-active: time in which any kernel ran on the GPU. Three quantities, none a stand-in for another.");
            }
        }

        if (plots.Count == 0)
        {
            page.Note("Nothing was sampled during this run.");
        }
    }

    private static void Outcomes(HtmlPage page, IReadOnlyList<CallRecord> calls)
    {
        page.Heading("Outcomes");
        if (calls.Count == 0)
        {
            page.Note("No call was planned or recorded.");
            return;
        }

        var groups = calls.GroupBy(call => (call.Outcome, call.Reason)).OrderBy(group => group.Key.Outcome).ThenByDescending(group => group.Count()).ThenBy(group => group.Key.Reason, StringComparer.Ordinal).ToList();
        page.Table(
            ["outcome", "reason", "calls"],
            groups.Take(MostReasons).Select(group => (IReadOnlyList<string>)[Words.Of(group.Key.Outcome), group.Key.Reason, Show.Number(group.Count())]),
            text: [1]);
        if (groups.Count > MostReasons)
        {
            page.Note($"{groups.Count - MostReasons} more reasons, of {groups.Skip(MostReasons).Sum(group => group.Count())} calls, are in {CallsFile.Name}.");
        }
    }

    /// <summary>The last time that a call or the fleet recorded; at least a second.</summary>
    private static double EndOf(IReadOnlyList<CallRecord> calls, IReadOnlyList<Sample> samples)
    {
        var last = Instant.FromSeconds(1);
        foreach (var call in calls)
        {
            last = Instant.Max(last, Instant.Max(call.Intended, call.Polled ?? call.Completed ?? call.Sent ?? call.Intended));
        }

        return samples.Where(sample => sample.Metric == "replicas").Aggregate(last, (latest, sample) => Instant.Max(latest, sample.At)).Seconds;
    }
}
