using LoadLab.Core.Input;

namespace LoadLab.Cli.Tests;

public sealed class GpuCheckScenarioTests
{
    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Repository.At("Scenarios", "gpu-check"), "*.yaml", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Repository.At("Scenarios"), file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Scenario_plans_few_calls_within_its_time(string file)
    {
        var scenario = LoadOrSkip(Repository.At("Scenarios", file));
        Assert.Equal(Path.ChangeExtension(file, null)!.Replace('/', '-'), scenario.Name);
        Assert.InRange(scenario.Schedule().Calls.Count, 2, 20);
        Assert.InRange(scenario.Schedule().Length.Seconds, 1, 180);
    }

    [Fact]
    public void Loads_of_the_full_model_take_six_minutes()
    {
        var lengths = new[] { "peak", "burst", "cold-start" }.Select(name => LoadOrSkip(Repository.At("Scenarios", "gpu-check", name + ".yaml")).Schedule().Length.Seconds);
        Assert.Equal(360, lengths.Sum());
    }

    /// <summary>A build that does not serve the full model, or not at this size, refuses its scenarios for that reason alone.</summary>
    private static Scenario LoadOrSkip(string path)
    {
        try
        {
            return Scenario.Load(path);
        }
        catch (InputException e) when (e.Problems.All(problem => problem.Value is "wan2.2-ti2v-5b" or "832x480" || problem.Field == "target.weights"))
        {
            Assert.Skip($"this build does not serve it yet: {e.Problems[0].Message}");
            throw;
        }
    }
}
