using LoadLab.Core.Input;

namespace LoadLab.Workload.Tests;

public sealed class WorkloadOptionsTests
{
    [Theory]
    [InlineData("ten-mistakes")]
    [InlineData("trace-mistakes")]
    public void File_with_many_mistakes_tells_them_all_with_their_lines(string name)
    {
        var path = Repository.File("tests", "golden", "workload", $"{name}.yaml");
        var problems = new Problems();
        Repository.Bind(File.ReadAllText(path), path, problems);
        var thrown = Assert.Throws<InputException>(problems.ThrowIfAny);
        var folder = Path.GetDirectoryName(path)! + Path.DirectorySeparatorChar;
        var told = string.Concat(thrown.Problems.Select(problem => problem.ToString().Replace(folder, "", StringComparison.Ordinal) + "\n"));
        Assert.True(thrown.Problems.Count >= 10);
        Repository.AssertGolden($"{name}.txt", told);
    }

    [Fact]
    public void Least_scenario_gets_the_documented_defaults()
    {
        var options = Repository.Bind("name: least\nworkload: { duration: 10s, arrivals: [ { constant: { rate: 1/s } } ] }\n");
        Assert.Equal(0UL, options.Seed.Value);
        Assert.Equal(Core.Calendar.Default, options.Calendar);
        Assert.IsType<ArrivalProcess.Poisson>(options.Process);
        Assert.Equal([new JobTemplate()], options.Jobs);
        Assert.Same(BuiltInPrompts.All, options.Prompts.Texts);
    }

    [Fact]
    public void Calendar_without_a_zone_is_utc()
    {
        var options = Repository.Bind("name: least\ncalendar: { start: 2026-01-05T18:00 }\nworkload: { duration: 10s, arrivals: [ { constant: { rate: 1/s } } ] }\n");
        Assert.Equal(new DateTimeOffset(2026, 1, 5, 18, 0, 0, TimeSpan.Zero), options.Calendar.Start);
    }

    [Theory]
    [InlineData("constant: { rate: 1/s, at: 2s, for: 3s }", 3)]
    [InlineData("constant: { rate: 30/min }", 5)]
    [InlineData("ramp: { from: 0/s, to: 2/s }", 10)]
    [InlineData("ramp: { from: 0/s, to: 2/s, at: 5s }", 5)]
    [InlineData("steps: [ { rate: 1/s, for: 4s }, { rate: 3/s, for: 100s } ]", 22)]
    [InlineData("burst: { at: 0, rate: 4/s, for: 2s }", 8)]
    [InlineData("coldStart: { silence: 4s, rate: 2/s }", 12)]
    [InlineData("diurnal: { mean: 2/s, peakToMean: 1, peakAt: 20:00 }", 20)]
    public void Shape_asks_for_its_area(string shape, double calls)
    {
        Assert.Equal(calls, Repository.Bind($"name: s\nworkload: {{ duration: 10s, arrivals: [ {{ {shape} }} ] }}\n").Arrivals!.Total, 9);
        Assert.Equal(calls * 3, Repository.Bind($"name: s\nworkload: {{ duration: 10s, scale: 3, arrivals: [ {{ {shape} }} ] }}\n").Arrivals!.Total, 9);
    }

    [Theory]
    [InlineData("duration: 10s, arrivals: [ { constant: { rate: 0/s } } ]", "asks for 0 calls")]
    [InlineData("duration: 9h, arrivals: [ { constant: { rate: 1000/s } } ]", "asks for 32400000 calls")]
    [InlineData("duration: 10s", "workload.arrivals is missing")]
    [InlineData("duration: 10s, arrivals: []", "asks for 0 calls")]
    [InlineData("arrivals: [ { constant: { rate: 1/s } } ]", "workload.duration is missing")]
    [InlineData("duration: 10s, closed: { users: 1 }", "workload.closed.calls is missing")]
    [InlineData("closed: { users: 0, calls: 9 }", "workload.closed.users = \"0\" is not a whole number from 1 to 100000")]
    [InlineData("closed: { users: 2, calls: 9, think: { mean: 1s, distribution: lognormal(9) } }", "write for example exponential, constant or lognormal(0.5)")]
    [InlineData("closed: { users: 2, calls: 9, think: { distribution: constant } }", "workload.closed.think.mean is missing")]
    [InlineData("closed: { users: 2, calls: 9 }, process: even", "workload.process stands beside closed")]
    [InlineData("duration: 10s, process: weibull, arrivals: [ { constant: { rate: 1/s } } ]", "write poisson, even or gamma")]
    public void Load_that_cannot_be_played_is_refused(string workload, string told)
    {
        var thrown = Assert.Throws<InputException>(() => Repository.Bind($"name: s\nworkload: {{ {workload} }}\n"));
        Assert.Contains(told, Assert.Single(thrown.Problems).ToString(), StringComparison.Ordinal);
    }
}
