using LoadLab.Core.Input;

namespace LoadLab.Workload.Tests;

public sealed class NBomberSimulationsTests
{
    [Theory]
    [InlineData("inject: { rate: 10, interval: 1s, during: 30s }", 300)]
    [InlineData("inject: { rate: 10, interval: 2s, during: 30s }", 150)]
    [InlineData("rampingInject: { rate: 10, interval: 1s, during: 30s }", 150)]
    [InlineData("iterationsForInject: { rate: 5, interval: 1s, iterations: 42 }", 42)]
    public void Simulation_asks_for_its_copies(string simulation, double copies)
    {
        Assert.Equal(copies, Curve($"- {simulation}").Total, 9);
    }

    [Fact]
    public void Simulations_follow_each_other_and_a_ramp_starts_where_the_one_before_ended()
    {
        var curve = Curve("- inject: { rate: 4, interval: 1s, during: 10s }\n      - rampingInject: { rate: 8, interval: 1s, during: 10s }\n      - pause: { during: 5s }\n      - rampingInject: { rate: 2, interval: 1s, during: 4s }");
        Assert.Equal(4, curve.RateAt(5), 12);
        Assert.Equal(6, curve.RateAt(15), 12);
        Assert.Equal(0, curve.RateAt(22));
        Assert.Equal(1, curve.RateAt(27), 12);
        Assert.Equal(40 + 60 + 4, curve.Total, 9);
    }

    [Fact]
    public void Random_injection_takes_a_whole_number_of_copies_below_the_maximum_each_interval()
    {
        var curve = Curve("- injectRandom: { minRate: 2, maxRate: 5, interval: 1s, during: 600s }");
        var copies = Enumerable.Range(0, 600).Select(i => curve.RateAt(i + 0.5)).ToArray();
        Assert.Equal([2, 3, 4], copies.Distinct().Order());
        Assert.Equal(3, copies.Average(), 0.14);
    }

    [Theory]
    [InlineData("keepConstant: { copies: 20, during: 30s }", "closed: { users: 20, think: 0, calls: the most that may start }")]
    [InlineData("rampingConstant: { copies: 20, during: 30s }", "play one scenario a step of the ramp")]
    [InlineData("iterationsForConstant: { copies: 20, iterations: 100 }", "closed: { users: 20, think: 0, calls: 100 }")]
    [InlineData("inject: { rate: 10, interval: 40s, during: 30s }", "interval = \"40s\" is not a duration above 0 and at most during")]
    [InlineData("inject: { rate: 10, interval: 100ms, during: 500ms }", "during = \"500ms\" is not a duration of at least 1s")]
    [InlineData("inject: { rate: -1, interval: 1s, during: 30s }", "rate = \"-1\" is not a number of copies")]
    [InlineData("injectRandom: { minRate: 5, maxRate: 5, interval: 1s, during: 30s }", "maxRate is not above minRate")]
    [InlineData("iterationsForInject: { rate: 0, interval: 1s, iterations: 3 }", "rate is 0, so that the iterations never come")]
    [InlineData("keepInject: { rate: 5 }", "keepInject is not a known field")]
    public void Simulation_that_has_no_open_meaning_is_refused_with_the_fix(string simulation, string told)
    {
        var thrown = Assert.Throws<InputException>(() => Curve($"- {simulation}"));
        Assert.Contains(thrown.Problems, problem => problem.ToString().Contains(told, StringComparison.Ordinal));
    }

    private static RateCurve Curve(string simulations) =>
        Repository.Bind($"name: n\nworkload:\n  duration: 700s\n  arrivals:\n    - nbomber:\n      {simulations}\n").Arrivals!;
}
