using LoadLab.Core;

namespace LoadLab.Workload.Tests;

public sealed class ClosedLoopTests
{
    private const int Draws = 40_000;

    [Fact]
    public void Closed_load_is_bound_with_its_users_calls_and_length()
    {
        var options = Bind("duration: 60s, closed: { users: 4, think: 1s, calls: 200 }");
        var expected = new ClosedLoop { Users = 4, Calls = 200, Think = new ThinkTime.Constant(Duration.FromSeconds(1)), Length = Duration.FromSeconds(60) };
        Assert.Equal(expected, options.Closed);
        Assert.Null(options.Arrivals);
        Assert.Equal(60, options.Length.Seconds);
    }

    [Fact]
    public void Closed_load_without_a_duration_is_ended_by_its_calls()
    {
        var closed = Bind("closed: { users: 1, calls: 3 }").Closed!;
        Assert.Null(closed.Length);
        Assert.Equal(Duration.Zero, closed.ThinkAfter(2, new Seed(5)));
    }

    [Theory]
    [InlineData("constant", 0)]
    [InlineData("exponential", 1)]
    [InlineData("lognormal(0.5)", 0.5329)]
    public void Think_times_have_the_mean_and_spread_of_their_distribution(string distribution, double cv)
    {
        var closed = Bind($"closed: {{ users: 4, think: {{ mean: 2s, distribution: {distribution} }}, calls: 200 }}").Closed!;
        var seconds = Enumerable.Range(0, Draws).Select(call => closed.ThinkAfter(call, new Seed(3)).Seconds).ToArray();
        var mean = seconds.Average();

        // Four standard errors of the mean: 4 x 2 cv / sqrt(40000) = 0.04 cv. Lognormal: cv = sqrt(exp(0.25) - 1).
        Assert.Equal(2, mean, 0.04 * Math.Max(cv, 1e-9));
        Assert.Equal(cv, Math.Sqrt(seconds.Average(s => (s - mean) * (s - mean))) / mean, 0.03);
    }

    [Fact]
    public void Think_time_of_a_call_depends_on_seed_and_number_alone()
    {
        var closed = Bind("closed: { users: 4, think: { mean: 2s }, calls: 200 }").Closed!;
        var more = closed with { Users = 9, Calls = 1000 };
        Assert.Equal(closed.ThinkAfter(7, new Seed(3)), more.ThinkAfter(7, new Seed(3)));
        Assert.NotEqual(closed.ThinkAfter(7, new Seed(3)), closed.ThinkAfter(7, new Seed(4)));
        Assert.NotEqual(closed.ThinkAfter(7, new Seed(3)), closed.ThinkAfter(8, new Seed(3)));
    }

    private static WorkloadOptions Bind(string workload) => Repository.Bind($"name: c\nworkload: {{ {workload} }}\n");
}
