using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving.Metrics;

namespace LoadLab.Planning.Rules;

/// <param name="What">What the rules did.</param>
/// <param name="Reason">The journal's code; empty where there is one figure for all.</param>
/// <param name="Figure">How often or how much, with its unit.</param>
public sealed record RuleFigure(string What, string Reason, string Figure);

/// <summary>The segments of one cold start, in seconds; null = not seen.</summary>
/// <param name="Replica">Its number.</param>
/// <param name="Model">The model that was loaded.</param>
/// <param name="BootS">From being provisioned to taking work; null for a load later in its life.</param>
/// <param name="LoadS">Loading the model.</param>
/// <param name="FirstBatchS">Its first batch.</param>
/// <param name="FirstCallPenaltyS">By how much that took longer than the median of the batches of the same kind after it.</param>
public sealed record ColdStartSegments(int Replica, string Model, double? BootS, double LoadS, double? FirstBatchS, double? FirstCallPenaltyS);

/// <summary>What the serving rules did in a run, counted from its journal: the same for a live, an emulated and a simulated one.</summary>
public sealed record RuleSummary(IReadOnlyList<RuleFigure> Figures, IReadOnlyList<ColdStartSegments> ColdStarts)
{
    /// <summary>Null for a run without a journal, or with one that cannot be read.</summary>
    public static RuleSummary? Of(RunFolder folder)
    {
        if (!folder.Has(RunFolder.DecisionsName))
        {
            return null;
        }

        try
        {
            return Of(ServingCounters.OfJournal(folder.File(RunFolder.DecisionsName)));
        }
        catch (InputException)
        {
            return null;
        }
    }

    public static RuleSummary Of(ServingCounters counters) => new([.. FiguresOf(counters)], [.. counters.ColdStarts.Select(Segments)]);

    private static IEnumerable<RuleFigure> FiguresOf(ServingCounters counters)
    {
        foreach (var (what, counts) in new[]
        {
            ("let in", counters.Admitted), ("refused at the door", counters.Refused), ("refused after being let in", counters.Rejected),
            ("tried again", counters.Retried), ("dead letters", counters.DeadLetters), ("given up by clients", counters.Dropped), ("policies that threw", counters.PolicyFaults),
        })
        {
            foreach (var (reason, count) in counts)
            {
                yield return new(what, reason, Text($"{count} jobs"));
            }
        }

        foreach (var figure in Work(counters))
        {
            yield return figure;
        }
    }

    private static IEnumerable<RuleFigure> Work(ServingCounters counters)
    {
        if (counters.ServedByLighter > 0)
        {
            yield return new("served by the lighter model", "", Text($"{counters.ServedByLighter} jobs"));
        }

        if (counters.Batches.Batches > 0)
        {
            var sizes = string.Join(", ", counters.Batches.Counts.Select(pair => Text($"{pair.Count} of {pair.Size}")));
            yield return new("batches", "", Text($"{counters.Batches.Batches}, {(double)counters.Batches.Jobs / counters.Batches.Batches:0.##} jobs each on average ({sizes})"));
        }

        foreach (var (what, spans) in new[] { ("loads", counters.Loads), ("keep-warm pings", counters.Pings), ("unloads", counters.Unloads), ("prompt checks", counters.Before.Answered), ("clip checks", counters.After.Answered) })
        {
            if (spans.Count > 0)
            {
                yield return new(what, "", Text($"{spans.Count}, {spans.Time.Seconds:0.###} s in all"));
            }
        }

        if (counters.WastedGpu > Duration.Zero)
        {
            yield return new("replica time of failed attempts and refused clips", "", Text($"{counters.WastedGpu.Seconds:0.###} s of {counters.Gpu.Seconds:0.###} s busy"));
        }

        if (counters.Tenants is { Count: > 1, JainIndex: { } jain })
        {
            yield return new("Jain index of replica time by tenant", "", Text($"{jain:0.###} over {counters.Tenants.Count} tenants"));
        }
    }

    private static ColdStartSegments Segments(ColdStart cold) => new(
        cold.Replica.Value,
        cold.Model.Name,
        (cold.Ready - cold.Provisioned)?.Seconds,
        (cold.Loaded - cold.Load).Seconds,
        (cold.FirstEnd - cold.FirstStart)?.Seconds,
        cold.FirstCallPenalty?.Seconds);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
