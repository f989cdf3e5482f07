using LoadLab.Core.Runs;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet.Tests;

/// <summary>The formulas against closed forms.</summary>
public sealed class NaivePredictorsTests
{
    private const int Many = 4000;

    /// <summary>One server: a call waits with probability rho. Two servers at a load of 1: 1/3. Four at 3.2: 0.5964, Erlang's table.</summary>
    [Theory]
    [InlineData(1, 0.8, 0.8)]
    [InlineData(2, 1.0, 1.0 / 3)]
    [InlineData(4, 3.2, 0.5964)]
    [InlineData(100, 0.001, 0)]
    public void Share_that_waits_is_Erlang_s(int servers, double offered, double waits) => Assert.Equal(waits, NaivePredictors.ErlangC(servers, offered), 1e-4);

    /// <summary>M/M/1: wait rho S / (1 - rho); the latency is exponential, so that the p95 is -ln 0.05 of its mean.</summary>
    [Fact]
    public void Queue_formula_of_exponential_gaps_and_services_is_the_MM1()
    {
        var figures = new NaivePredictors(Calls(ExponentialGaps(0.4)), Fixtures.Profile(ratios: Fixtures.Exponential(512)), 1, 1).QueueFormula();
        Assert.Equal(8.0, figures.MeanWait, 8 * 0.03);
        Assert.Equal(figures.MeanWait + 2, figures.MeanLatency, 9);
        Assert.Equal(-Math.Log(0.05) * 10, figures.P95Latency, 30 * 0.04);
        Assert.Equal(0.8, figures.BusyShare, 0.01);
    }

    /// <summary>M/D/1 waits half as long as M/M/1 (Pollaczek and Khinchine).</summary>
    [Fact]
    public void Queue_formula_of_exponential_gaps_and_fixed_services_is_half_of_it()
    {
        var figures = new NaivePredictors(Calls(ExponentialGaps(0.4)), Fixtures.Profile(), 1, 1).QueueFormula();
        Assert.Equal(4.0, figures.MeanWait, 4 * 0.03);
    }

    [Fact]
    public void Queue_formula_of_even_gaps_and_fixed_services_waits_for_nothing()
    {
        var figures = new NaivePredictors(Calls(Enumerable.Repeat(2.5, Many)), Fixtures.Profile(), 1, 1).QueueFormula();
        Assert.Equal(0, figures.MeanWait, 1e-9);
        Assert.Equal((2.0, 2.0), (figures.P50Latency, figures.P99Latency));
    }

    [Fact]
    public void Queue_formula_past_the_servers_never_ends()
    {
        var figures = new NaivePredictors(Calls(Enumerable.Repeat(1.0, 100)), Fixtures.Profile(), 1, 1).QueueFormula();
        Assert.Equal((double.PositiveInfinity, double.PositiveInfinity, 1.0), (figures.MeanLatency, figures.P95Latency, figures.BusyShare));
        Assert.Equal(0.5, figures.Throughput, 9);
    }

    /// <summary>The same load on one replica that takes two at once, in twice a single job's time as the profile has no batch: two servers of 4 s.</summary>
    [Fact]
    public void Replica_that_batches_counts_as_as_many_servers()
    {
        var figures = new NaivePredictors(Calls(ExponentialGaps(0.4)), Fixtures.Profile(), 1, 2).QueueFormula();
        Assert.Equal(4.0, figures.MeanService, 9);
        Assert.Equal(NaivePredictors.ErlangC(2, 1.6) * 4 / 0.4 / 2, figures.MeanWait, 0.3);
    }

    [Fact]
    public void Service_time_only_has_the_profile_s_quantiles()
    {
        var figures = new NaivePredictors(Calls(ExponentialGaps(0.4)), Fixtures.Profile(ratios: [0.5, 0.5, 1, 1, 2]), 2, 1).ServiceOnly();
        Assert.Equal((2.0, 2.0, 4.0, 0.0), (figures.MeanLatency, Math.Round(figures.P50Latency, 6), Math.Round(figures.P95Latency, 6), figures.MeanWait));
        Assert.Equal(0.4, figures.BusyShare, 0.01);
    }

    private static List<ScheduledCall> Calls(IEnumerable<double> gaps)
    {
        var at = 0.0;
        return [.. gaps.Select((gap, index) => Fixtures.Call(index, at += gap))];
    }

    /// <summary>Quantiles at equal steps: the moments of the exponential without chance.</summary>
    private static IEnumerable<double> ExponentialGaps(double rate) => Enumerable.Range(0, Many).Select(i => -Math.Log(1 - ((i + 0.5) / Many)) / rate);
}
