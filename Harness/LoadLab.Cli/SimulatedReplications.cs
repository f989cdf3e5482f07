using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Fleet;
using LoadLab.Planning;
using LoadLab.Reports;

namespace LoadLab.Cli;

/// <summary>The replications of a simulated scenario: the first is the run that was written, the others keep tallies alone.</summary>
internal static class SimulatedReplications
{
    /// <summary>Null for one replication with rows: its own summary says it all.</summary>
    public static ReplicationReport? Run(Scenario scenario, SimulatedRun run, SimulationResult first, int count, int threads)
    {
        if (count == 1 && run.KeepCalls)
        {
            return null;
        }

        var gpus = ReplicaGpus.Of(run.Fleet, run.Profile.GpusPerReplica);
        var played = Replications.Run(count, threads, scenario.Seed, (number, seed) => number == 0 ? Row(run, first) : Play(seed));
        var all = new CallTally(run.Bound);
        foreach (var (_, tally) in played)
        {
            all.Merge(tally);
        }

        return ReplicationReport.Of([.. played.Select(one => one.Row)], all);

        (ReplicationRow Row, CallTally Tally) Play(Seed seed)
        {
            var again = run with { Schedule = scenario.WithSeed(seed).Schedule(), Seed = seed, KeepCalls = false };
            return Row(again, again.Play());
        }

        (ReplicationRow Row, CallTally Tally) Row(SimulatedRun one, SimulationResult result) =>
            (ReplicationRow.Of(one.Seed, one.Schedule.Sha256, result, gpus, scenario.Price), result.Tally);
    }

    public static void Print(Output output, ReplicationReport report)
    {
        output.Line(Show.Inv($"{report.Replications} replications, simulated: independent arrivals and service times, {report.Planned} calls in all"));
        output.Table("", ["figure", "mean", "95 % interval", "least to greatest"], report.Figures.Select(figure => (IReadOnlyList<string>)
        [
            figure.Name,
            figure.Mean.Value is { } mean ? Text(figure, mean) : figure.Mean.Why ?? "–",
            figure.HalfWidth is { } half ? $"± {Text(figure, half)}" : "–",
            $"{Text(figure, figure.Least)} to {Text(figure, figure.Greatest)}",
        ]));
    }

    private static string Text(ReplicatedFigure figure, double value) => figure.Unit switch
    {
        "s" when double.IsFinite(value) => Show.Seconds(value),
        "share" => Show.Share(value),
        _ => Show.Number(value),
    };
}
