using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Planning.Tests;

public class SloTests
{
    [Fact]
    public void Promises_are_read_with_their_units()
    {
        var problems = new Problems();
        var slo = SloOptions.Bind(Make.Root("slo: { p50: 800ms, p95: 20s, goodput: 0.99 }", problems));
        Assert.False(problems.Any);
        Assert.Equal((Duration.FromSeconds(0.8), Duration.FromSeconds(20), null, 0.99), (slo.P50, slo.P95, slo.P99, slo.Goodput));
        Assert.Equal(Duration.FromSeconds(20), slo.Bound);
        Assert.Same(SloOptions.None, SloOptions.Bind(Make.Root("name: x", problems)));
    }

    [Fact]
    public void All_faults_of_the_promises_are_told_at_once()
    {
        var problems = new Problems();
        SloOptions.Bind(Make.Root("slo:\n  p50: 30s\n  p95: 20s\n  p99: soon\n  goodput: 99\n  p9: 1s", problems));
        Assert.Equal(["slo.p99", "slo.goodput", "slo.p9", "slo.p95"], problems.All.Select(problem => problem.Field));
        Assert.Equal([4, 5, 6, 3], problems.All.Select(problem => problem.Line));
    }

    [Fact]
    public void Percentiles_run_over_planned_calls_and_one_that_did_not_complete_is_infinite()
    {
        var calls = Enumerable.Range(0, 100).Select(i => Make.Call(i, i, i < 96 ? 1 + (i / 100.0) : null)).ToList();
        var report = SloReport.Of(calls, new SloOptions { P50 = Duration.FromSeconds(2), P95 = Duration.FromSeconds(2), P99 = Duration.FromSeconds(100), Goodput = 0.97 });
        Assert.Equal([true, true, false, false], report.Targets.Select(target => target.Met));
        Assert.Equal(1.49, report.Targets[0].Measured.Value!.Value, 9);
        Assert.Equal(1.94, report.Targets[1].Measured.Value!.Value, 9);
        Assert.Null(report.Targets[2].Measured.Value);
        Assert.Equal("infinite: 4 of 100 planned calls did not complete", report.Targets[2].Measured.Why);
        Assert.False(report.Met);
        Assert.Null(SloReport.Of(calls, SloOptions.None).Met);
    }

    [Fact]
    public void In_time_is_the_calls_own_deadline_first_and_the_promised_bound_else()
    {
        var slow = Make.Call(0, 0, 5);
        Assert.True(Goodput.InTime(slow, SloOptions.None));
        Assert.False(Goodput.InTime(slow, new SloOptions { P95 = Duration.FromSeconds(4) }));
        Assert.True(Goodput.InTime(slow with { Deadline = Duration.FromSeconds(5) }, new SloOptions { P95 = Duration.FromSeconds(4) }));
        Assert.False(Goodput.InTime(slow with { Deadline = Duration.FromSeconds(4.9) }, SloOptions.None));
        Assert.False(Goodput.InTime(Make.Call(1, 0, null), SloOptions.None));
    }
}
