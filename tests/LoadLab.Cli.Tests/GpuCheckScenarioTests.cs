namespace LoadLab.Cli.Tests;

public sealed class GpuCheckScenarioTests
{
    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Repository.At("Scenarios", "gpu-check"), "*.yaml", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Repository.At("Scenarios"), file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Scenario_plans_few_calls_within_its_time(string file)
    {
        var scenario = Scenario.Load(Repository.At("Scenarios", file));
        Assert.Equal(Path.ChangeExtension(file, null)!.Replace('/', '-'), scenario.Name);
        Assert.InRange(scenario.Schedule().Calls.Count, 2, 20);
        Assert.InRange(scenario.Schedule().Length.Seconds, 1, 180);
    }

    [Fact]
    public void Loads_of_the_full_model_take_six_minutes()
    {
        var lengths = new[] { "peak", "burst", "cold-start" }.Select(name => Scenario.Load(Repository.At("Scenarios", "gpu-check", name + ".yaml")).Schedule().Length.Seconds);
        Assert.Equal(360, lengths.Sum());
    }
}
