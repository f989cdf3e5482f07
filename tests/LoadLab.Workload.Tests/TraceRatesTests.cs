using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Workload.Tests;

public sealed class TraceRatesTests : IDisposable
{
    private const string Header = "t_s,client_id,rate_rps,cv,pattern,p1,p2\n";
    private readonly TraceFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Cutting_elsewhere_changes_no_arrival_that_both_cuts_hold()
    {
        var trace = Read(Header + "0,a,0.1,1,Gamma,0.5,1\n600,a,0.2,1,Weibull,0.7,1\n600,b,0.05,1,Gamma,2,1\n1200,a,0.1,1,Gamma,1,1\n");
        var whole = Times(trace.Cut(null, 1, new Seed(3)), 0);
        Assert.Equal(60 + 120 + 30 + 60, whole.Length);
        var part = Times(trace.Cut((Duration.FromSeconds(700), Duration.FromSeconds(1300)), 1, new Seed(3)), 700_000_000_000);
        Assert.Equal(whole.Where(at => at is >= 700_000_000_000 and < 1_300_000_000_000), part);
        Assert.NotEqual(whole, Times(trace.Cut(null, 1, new Seed(4)), 0));
    }

    [Fact]
    public void Fractions_of_arrivals_are_carried_from_window_to_window()
    {
        // A third of an arrival a window: 200 windows bring 66 or 67, whatever the phase.
        var trace = Read(Header + string.Concat(Enumerable.Range(0, 200).Select(i => $"{i * 600},a,{1 / 1800.0:R},1,Gamma,1,1\n")));
        Assert.InRange(trace.Cut(null, 1, new Seed(9)).Rows.Count, 66, 67);
        Assert.InRange(trace.Cut(null, 0.5, new Seed(9)).Rows.Count, 33, 34);
    }

    [Fact]
    public void Scenario_draws_from_its_own_seed_and_multiplies_the_rates()
    {
        var path = _files.Write(Header + "0,a,0.5,1,Gamma,0.5,1\n600,a,0.5,1,Gamma,0.5,1\n");
        var options = Repository.Bind(Scenario(path, "rateScale: 0.1"));
        var defaults = new TargetDefaults("m", 160, 96, 9, 8);
        var first = Scheduler.Build(options, defaults);
        Assert.Equal(60, first.Calls.Count);
        Assert.Equal(first.Sha256, Scheduler.Build(options, defaults).Sha256);
        Assert.NotEqual(first.Sha256, Scheduler.Build(options with { Seed = new Seed(6) }, defaults).Sha256);
        Assert.All(first.Calls, call => Assert.Equal("a", call.Tenant));
        Assert.Contains("(servegen, synthetic)", options.Trace!.Describe(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0,a,1000,1,Gamma,1,1\n600,a,60000,1,Gamma,1,1\n", "brings 36600000 calls")]
    [InlineData("0,a,0.0001,1,Gamma,1,1\n", "brings 0 calls")]
    public void Scenario_with_too_many_or_no_calls_is_refused(string rows, string told)
    {
        var thrown = Assert.Throws<InputException>(() => Repository.Bind(Scenario(_files.Write(Header + rows), "timeScale: 1")));
        Assert.Contains(told, Assert.Single(thrown.Problems).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0,a,-1,1,Gamma,1,1\n")]
    [InlineData("0,a,1,1,Pareto,1,1\n")]
    [InlineData("0,a,1,1,Gamma,0,1\n")]
    [InlineData("0,a,1,1,Gamma,,1\n")]
    [InlineData("0,a,1e308,1,Gamma,1,1\n")]
    [InlineData("0,a,NaN,1,Gamma,1,1\n")]
    public void Rate_that_cannot_be_drawn_is_a_damaged_row(string row) =>
        Assert.Equal(1, TraceReader.Read(_files.Write(Header + "600,a,1,1,Gamma,1,1\n" + row), null, 0.5).Malformed);

    [Fact]
    public void Zero_rates_alone_are_refused() =>
        Assert.Contains("every rate is zero", Assert.Throws<InputException>(() => Read(Header + "0,a,0,,,,\n")).Message, StringComparison.Ordinal);

    [Fact]
    public void Families_too_spiky_to_rescale_still_fill_their_window()
    {
        var drawn = Read(Header + "0,a,0.1,1,Gamma,0.001,1\n600,a,0.1,1,Weibull,0.001,1\n").Cut(null, 1, new Seed(2));
        Assert.Equal(120, drawn.Rows.Count);
        Assert.All(drawn.Rows, row => Assert.InRange(row.ArrivalNs, 0, 1_199_999_999_999));
    }

    [Fact]
    public void Counts_of_one_window_need_their_length()
    {
        var path = _files.Write("t,n\n0,5\n");
        Assert.Contains("step=60s", Assert.Throws<InputException>(() => TraceReader.Read(path, Counts("arrival=t,unit=s,count=n"))).Message, StringComparison.Ordinal);
        Assert.Equal(5, TraceReader.Read(path, Counts("arrival=t,unit=s,count=n,step=60s")).Cut(null, 1, new Seed(1)).Rows.Count);
    }

    [Fact]
    public void Huge_count_of_a_window_barely_touched_is_refused()
    {
        var trace = TraceReader.Read(_files.Write("t,n\n0,900000000\n60,1\n"), Counts("arrival=t,unit=s,count=n"));
        Assert.Throws<InputException>(() => trace.Cut((Duration.Zero, new Duration(1)), 1, new Seed(1)));
    }

    private static TraceReading Counts(string map) => new() { Columns = TraceColumnMap.Parse(map, "--map") };

    private Trace Read(string text) => TraceReader.Read(_files.Write(text));

    private static long[] Times(Trace trace, long offset) => [.. trace.Rows.Select(row => row.ArrivalNs + offset)];

    private static string Scenario(string path, string options) => $"name: t\nseed: 5\nworkload:\n  trace: {{ file: {path}, shapes: trace, {options} }}\n";
}
