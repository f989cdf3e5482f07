using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Fleet;

namespace LoadLab.Planning.Tests;

public class ReplicationReportTests
{
    [Fact]
    public void Figure_of_five_replications_has_the_interval_of_Student_s_t()
    {
        // 2.776445 standard errors for 4 degrees of freedom; standard deviation of 1..5 = 1.581139.
        var report = Report([.. Enumerable.Range(1, 5).Select(seconds => Play(seconds, completed: 100, failed: 0))]);
        var mean = report.Figures.Single(figure => figure.Name == "mean latency of completed calls");
        Assert.Equal(3, mean.Mean.Value!.Value, 1e-9);
        Assert.Equal(2.776445 * 1.581139 / Math.Sqrt(5), mean.HalfWidth!.Value, 1e-5);
        Assert.Equal((1.0, 5.0), (mean.Least, mean.Greatest));
        Assert.Equal((500, 500), (report.Planned, report.Outcomes["completed"]));
        Assert.Equal(3, report.Pooled.P50.Value!.Value, 3 * 0.001);
    }

    [Fact]
    public void Percentile_that_one_replication_never_reached_has_no_mean_and_says_why()
    {
        var report = Report([Play(1, 100, 0), Play(1, 90, 10)]);
        var p95 = report.Figures.Single(figure => figure.Name.StartsWith("p95", StringComparison.Ordinal));
        Assert.Null(p95.Mean.Value);
        Assert.Null(p95.HalfWidth);
        Assert.Equal("not finite in 1 of 2 replications", p95.Mean.Why);
        Assert.Equal((1.0, double.PositiveInfinity), (Math.Round(p95.Least, 2), p95.Greatest));
        Assert.Equal("infinite: 10 of 200 planned calls did not complete", report.Pooled.P99.Why);
        Assert.NotNull(report.Pooled.P90.Value);
    }

    [Fact]
    public void One_replication_has_no_interval() => Assert.All(Report([Play(1, 10, 0)]).Figures, figure => Assert.Null(figure.HalfWidth));

    private static SimulationResult Play(double seconds, int completed, int failed)
    {
        var tally = new CallTally();
        for (var i = 0; i < completed; i++)
        {
            tally.Add("", Outcome.Completed, new CallTimes(Duration.FromSeconds(seconds), Duration.Zero, Duration.FromSeconds(seconds), null));
        }

        for (var i = 0; i < failed; i++)
        {
            tally.Add("", Outcome.Failed, default);
        }

        return new SimulationResult { Calls = [], Tally = tally, Samples = [], Usage = [], Gpus = FleetUse.Of([], [], [], 1), End = Instant.FromSeconds(100), Events = 0, Assumptions = [] };
    }

    private static ReplicationReport Report(IReadOnlyList<SimulationResult> plays)
    {
        var all = new CallTally();
        foreach (var play in plays)
        {
            all.Merge(play.Tally);
        }

        return ReplicationReport.Of([.. plays.Select((play, i) => ReplicationRow.Of(new Seed((ulong)i), "", play, ReplicaGpus.One, price: null))], all);
    }
}
