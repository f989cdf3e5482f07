using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Planning;
using LoadLab.Serving;

namespace LoadLab.Cli;

/// <summary>The bill and the summary of a recorded run: usage from its journal, calls from its rows.</summary>
internal static class RunCosts
{
    /// <summary>Where each replica's time went; empty when the run has no journal (a remote target) or a cut one.</summary>
    public static IReadOnlyList<ReplicaUsage> Usage(RunFolder folder) =>
        folder.Has(RunFolder.DecisionsName) && !RunIntegrity.ProblemsOf(folder).Any() ? ReplicaUsageAccount.OfJournal(folder.File(RunFolder.DecisionsName)) : [];

    public static RunSummary Summary(RunFolder folder, SloOptions? slo = null) => RunSummary.Of(folder, slo, Usage(folder));

    /// <summary>The bill of a run; null when what it provisioned is not known.</summary>
    public static CostReport? CostOrNone(RunFolder folder, PriceOptions price) =>
        folder.Has(RunFolder.DecisionsName) ? (Usage(folder).Count > 0 ? Cost(folder, price) : null) : ObservedReplicas.AreIn(folder.ReadSamples()) ? Cost(folder, price) : null;

    /// <exception cref="InputException">The run has neither a journal nor observed replicas to take GPU time from.</exception>
    public static CostReport Cost(RunFolder folder, PriceOptions price) =>
        CostReport.Of(CostBasis.Of(folder, price));

    /// <summary>The price of the scenario that a run recorded; null when it named none.</summary>
    public static PriceOptions? PriceOf(RunManifest manifest)
    {
        var problems = new Problems();
        var root = YamlDocument.ReadText(manifest.ScenarioText, RunManifest.Name, problems) is { } node ? Section.Open(node, "", problems) : null;
        return root is null ? null : PriceOptions.Bind(root);
    }

    public static SloOptions SloOf(RunManifest manifest)
    {
        var problems = new Problems();
        var root = YamlDocument.ReadText(manifest.ScenarioText, RunManifest.Name, problems) is { } node ? Section.Open(node, "", problems) : null;
        return root is null ? SloOptions.None : SloOptions.Bind(root);
    }
}
