using LoadLab.Core;
using LoadLab.Planning.Rules;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Metrics;

namespace LoadLab.Planning.Tests;

public class RuleSummaryTests
{
    [Fact]
    public void What_the_rules_did_is_told_by_reason_with_the_segments_of_the_cold_start()
    {
        var summary = Played(
            (0, new ServingEvent.Started()),
            (1, new ServingEvent.ReplicaProvisioned(new(0))),
            (3, new ServingEvent.ReplicaReady(new(0))),
            (10, new ServingEvent.ModelLoaded(new(0), new("m"))),
            (11, Arrived(0, 11)),
            (12, Arrived(1, 12)),
            (12, Arrived(2, 12)),
            (15, new ServingEvent.BatchFailed(new(0), new(0), "error", "as told")),
            (19, new ServingEvent.BatchDone(new(0), new(1))));

        Assert.Contains(new RuleFigure("let in", "queued", "2 jobs"), summary.Figures);
        Assert.Contains(new RuleFigure("refused at the door", "429", "1 jobs"), summary.Figures);
        Assert.Contains(new RuleFigure("tried again", "error", "1 jobs"), summary.Figures);
        Assert.Contains(new RuleFigure("replica time of failed attempts and refused clips", "", "4 s of 8 s busy"), summary.Figures);
        Assert.Contains(summary.Figures, figure => figure is { What: "batches" } && figure.Figure.StartsWith("2, 1 jobs each", StringComparison.Ordinal));
        var cold = Assert.Single(summary.ColdStarts);
        Assert.Equal((0, "m", 2.0, 7.0, 4.0), (cold.Replica, cold.Model, cold.BootS, cold.LoadS, cold.FirstBatchS));
    }

    private static RuleSummary Played(params (double Seconds, ServingEvent Event)[] events)
    {
        var serving = new ServingOptions { Model = new("m"), QueueLimit = 1, Recovery = new() { Retries = 1, Backoff = Duration.FromSeconds(5) } };
        var core = new JournalHeader { Serving = serving, Autoscaler = new AutoscalerOptions(), Seed = 1, EpochNs = 0 }.CreateCore();
        var counters = new ServingCounters(serving);
        foreach (var (seconds, e) in events)
        {
            var now = Instant.FromSeconds(seconds);
            counters.Add(now, e);
            foreach (var decision in core.Handle(now, e))
            {
                counters.Add(now, decision);
            }
        }

        return RuleSummary.Of(counters);
    }

    private static ServingEvent.Arrived Arrived(int job, double seconds) => new(new JobView
    {
        Id = new(job), Received = Instant.FromSeconds(seconds), Model = new("m"), Width = 64, Height = 64, Frames = 5, Steps = 4,
    });
}
